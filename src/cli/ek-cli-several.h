/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same operation on several devices at once. */
#pragma once

#include "ek-cli-device.h"
#include "ek-cli-operation.h"

G_BEGIN_DECLS

typedef struct _EkCliSeveral EkCliSeveral;

EkCliSeveral *ek_cli_several_new (void);
void ek_cli_several_free (EkCliSeveral *self);
void ek_cli_several_add (EkCliSeveral *self,
                         const char *device,
                         EkCliOperation *operation,
                         const GError *error);
int ek_cli_several_run (EkCliSeveral *self, gboolean json, gboolean quiet);

/* Makes what is done to one device. Returns: (transfer full) */
typedef EkCliOperation *(*EkCliOperationFunc) (EkPort *port, const EkLoaderOptions *options);

int ek_cli_run_on_devices (const EkCliDevice *device,
                           gboolean all,
                           EkCliOperationFunc func,
                           gboolean json,
                           gboolean quiet);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EkCliSeveral, ek_cli_several_free)

G_END_DECLS
