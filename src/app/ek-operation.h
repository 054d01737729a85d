/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One thing done to one device, as the window follows it: fetching, the job, its words, how it ended. */
#pragma once

#include "ek-job.h"
#include "ek-offer.h"
#include "ek-target.h"

G_BEGIN_DECLS

/**
 * EkStep:
 *
 * What an owner sees of the phases.
 */
typedef enum
{
  EK_STEP_DOWNLOAD,
  EK_STEP_BACKUP,
  EK_STEP_CHECK,
  EK_STEP_ERASE,
  EK_STEP_READ,
  EK_STEP_WRITE,
  EK_STEP_VERIFY,
  EK_STEP_START,

  EK_N_STEPS /*< skip >*/
} EkStep;

/**
 * EkOperationResult:
 * @title: what was achieved, as a sentence without a full stop
 * @body: one or two sentences more
 * @note: (nullable): what is good to know besides, such as where a backup lies
 * @link_label: (nullable): what to do next
 * @link_uri: (nullable): a page or a file
 */
typedef struct
{
  char *title;
  char *body;
  char *note;
  char *link_label;
  char *link_uri;
} EkOperationResult;

#define EK_TYPE_OPERATION (ek_operation_get_type ())
G_DECLARE_DERIVABLE_TYPE (EkOperation, ek_operation, EK, OPERATION, GObject)

/**
 * EkOperationClass:
 * @create_backup_job: what saves the device's contents before anything is written; for an operation
 *   that has the step #EK_STEP_BACKUP
 * @create_job: what to run; @bundle is %NULL for an operation without an offer
 * @finished: the job has succeeded: remember what there is to remember
 * @describe: how it ended, for the page that says so
 * @is_harmless: whether stopping now leaves the device as it was
 * @is_complete: whether all that was asked for is on the device, and stopping only ends the watching;
 *   %NULL for never
 */
struct _EkOperationClass
{
  GObjectClass parent_class;

  EkJob *(*create_backup_job) (EkOperation *self, EkPort *port);
  EkJob *(*create_job) (EkOperation *self, EkPort *port, EkBundle *bundle);
  void (*finished) (EkOperation *self, EkJob *job);
  void (*describe) (EkOperation *self, EkOperationResult *result);
  gboolean (*is_harmless) (EkOperation *self, EkJob *job);
  gboolean (*is_complete) (EkOperation *self, EkJob *job);
};

/**
 * EkOperationWords:
 * @title: while it runs
 * @stop_title: (nullable): the question before it is stopped
 * @stop_body: what stopping means; for an operation that is not harmless
 * @inhibit: why the computer must not go to sleep
 * @steps: bits of 1 << #EkStep
 *
 * Untranslated message ids.
 */
typedef struct
{
  const char *title;
  const char *stop_title;
  const char *stop_body;
  const char *inhibit;
  guint steps;
} EkOperationWords;

EkTarget *ek_operation_get_target (EkOperation *self);
EkOffer *ek_operation_get_offer (EkOperation *self);
EkBundle *ek_operation_get_bundle (EkOperation *self);
EkJob *ek_operation_get_job (EkOperation *self);
void ek_operation_set_words (EkOperation *self, const EkOperationWords *words);
const EkOperationWords *ek_operation_get_words (EkOperation *self);

void ek_operation_start (EkOperation *self, gboolean listen_only);
void ek_operation_cancel (EkOperation *self);
EkJobState ek_operation_get_state (EkOperation *self);
gboolean ek_operation_get_listening (EkOperation *self);
gboolean ek_operation_is_saving_backup (EkOperation *self);
gboolean ek_operation_is_harmless (EkOperation *self);
gboolean ek_operation_is_complete (EkOperation *self);
const GError *ek_operation_get_error (EkOperation *self);
EkStep ek_operation_get_step (EkOperation *self);
double ek_operation_get_fraction (EkOperation *self);
const char *ek_operation_get_detail (EkOperation *self);
void ek_operation_check_stall (EkOperation *self, gint64 now);
void ek_operation_describe (EkOperation *self, EkOperationResult *result);
void ek_operation_result_clear (EkOperationResult *result);
const char *ek_step_title (EkStep step);

void ek_operation_add_line (EkOperation *self, const char *line);
char *ek_operation_dup_log (EkOperation *self);

G_END_DECLS
