/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One row of what is plugged in: what runs on it, whether it can be used, who uses it. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-target-words.h"

#include "ek-board.h"
#include "ek-probe-job.h"

struct _EkTarget
{
  GObject parent_instance;

  EkDevice *device;
  EkPort *simulated_port; /* one for all operations: what is installed on it is in there */
  gboolean was_gone;
  guint arrivals;
  gboolean busy;

  EkTargetLook look;
  GError *look_error;
  GCancellable *look_cancellable;
  EkProbeJob *probe;
  gboolean probe_is_old; /* something else was installed since */
  char *board;
  const char *installed_board;
  char *version;
  guint console_baud; /* 0: the usual one */

  char *title;
  char *status;
};

typedef enum
{
  PROP_TITLE = 1,
  PROP_STATUS,
  PROP_PICTURE,
  PROP_STATE,
  PROP_LOOK,
  PROP_BUSY,
  PROP_BOARD,
  PROP_VERSION,
  PROP_CONSOLE_BAUD,
} EkTargetProperty;

static GParamSpec *properties[PROP_CONSOLE_BAUD + 1];

G_DEFINE_FINAL_TYPE (EkTarget, ek_target, G_TYPE_OBJECT)

static void
refresh_words (EkTarget *self)
{
  g_autofree char *title = ek_target_make_title (self);
  g_autofree char *status = ek_target_make_status (self);

  if (g_strcmp0 (title, self->title) != 0)
    {
      g_free (self->title);
      self->title = g_steal_pointer (&title);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TITLE]);
    }
  if (g_strcmp0 (status, self->status) != 0)
    {
      g_free (self->status);
      self->status = g_steal_pointer (&status);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATUS]);
    }
}

static void
set_look (EkTarget *self, EkTargetLook look)
{
  if (self->look == look)
    return;

  self->look = look;
  refresh_words (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOOK]);
}

static void
ek_target_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  EkTarget *self = EK_TARGET (object);

  switch ((EkTargetProperty) property_id)
    {
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_STATUS:
      g_value_set_string (value, self->status);
      break;
    case PROP_PICTURE:
      g_value_set_string (value, ek_target_get_picture (self));
      break;
    case PROP_STATE:
      g_value_set_int (value, ek_target_get_state (self));
      break;
    case PROP_LOOK:
      g_value_set_int (value, self->look);
      break;
    case PROP_BUSY:
      g_value_set_boolean (value, self->busy);
      break;
    case PROP_BOARD:
      g_value_set_string (value, self->board);
      break;
    case PROP_VERSION:
      g_value_set_string (value, self->version);
      break;
    case PROP_CONSOLE_BAUD:
      g_value_set_uint (value, self->console_baud);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
ek_target_dispose (GObject *object)
{
  EkTarget *self = EK_TARGET (object);

  if (self->look_cancellable != NULL)
    g_cancellable_cancel (self->look_cancellable);
  g_clear_object (&self->look_cancellable);
  g_clear_object (&self->probe);
  g_clear_object (&self->device);
  g_clear_object (&self->simulated_port);

  G_OBJECT_CLASS (ek_target_parent_class)->dispose (object);
}

static void
ek_target_finalize (GObject *object)
{
  EkTarget *self = EK_TARGET (object);

  g_clear_error (&self->look_error);
  g_free (self->board);
  g_free (self->version);
  g_free (self->title);
  g_free (self->status);

  G_OBJECT_CLASS (ek_target_parent_class)->finalize (object);
}

static void
ek_target_class_init (EkTargetClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = ek_target_get_property;
  object_class->dispose = ek_target_dispose;
  object_class->finalize = ek_target_finalize;

  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  properties[PROP_STATUS] = g_param_spec_string ("status", NULL, NULL, NULL, flags);
  properties[PROP_PICTURE] = g_param_spec_string ("picture", NULL, NULL, NULL, flags);
  properties[PROP_STATE] =
      g_param_spec_int ("state", NULL, NULL, 0, EK_N_DEVICE_STATES - 1, EK_DEVICE_UNKNOWN, flags);
  properties[PROP_LOOK] =
      g_param_spec_int ("look", NULL, NULL, EK_LOOK_NONE, EK_LOOK_FAILED, EK_LOOK_NONE, flags);
  properties[PROP_BUSY] = g_param_spec_boolean ("busy", NULL, NULL, FALSE, flags);
  properties[PROP_BOARD] = g_param_spec_string ("board", NULL, NULL, NULL, flags);
  properties[PROP_VERSION] = g_param_spec_string ("version", NULL, NULL, NULL, flags);
  properties[PROP_CONSOLE_BAUD] =
      g_param_spec_uint ("console-baud", NULL, NULL, 0, G_MAXUINT, 0, flags);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);
}

static void
ek_target_init (EkTarget *self)
{
  self->arrivals = 1;
}

static void
on_device_state (EkTarget *self)
{
  gboolean gone = ek_target_get_state (self) == EK_DEVICE_GONE;

  if (self->was_gone && !gone)
    self->arrivals++;
  self->was_gone = gone;
  refresh_words (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

/**
 * ek_target_new:
 *
 * Returns: (transfer full): @device in the window's words
 */
EkTarget *
ek_target_new (EkDevice *device)
{
  EkTarget *self = g_object_new (EK_TYPE_TARGET, NULL);

  self->device = g_object_ref (device);
  g_signal_connect_object (device, "notify::state", G_CALLBACK (on_device_state), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (device, "notify::name", G_CALLBACK (refresh_words), self,
                           G_CONNECT_SWAPPED);
  refresh_words (self);
  return self;
}

/**
 * ek_target_get_id:
 *
 * Returns: (transfer none): stays the same when it is unplugged and comes back
 */
const char *
ek_target_get_id (EkTarget *self)
{
  return ek_device_get_id (self->device);
}

gboolean
ek_target_is_simulated (EkTarget *self)
{
  return ek_device_is_simulated (self->device);
}

/**
 * ek_target_get_device:
 *
 * Returns: (transfer none)
 */
EkDevice *
ek_target_get_device (EkTarget *self)
{
  return self->device;
}

/**
 * ek_target_new_port:
 *
 * Returns: (transfer full): a closed port to it, for one operation; %NULL with an error of #EK_ERROR
 */
EkPort *
ek_target_new_port (EkTarget *self, GError **error)
{
  EkPort *port;

  if (self->simulated_port != NULL)
    return g_object_ref (self->simulated_port);

  port = ek_port_new_for_uri (ek_device_get_uri (self->device), error);
  if (ek_target_is_simulated (self))
    g_set_object (&self->simulated_port, port);
  return port;
}

const char *
ek_target_get_title (EkTarget *self)
{
  return self->title;
}

const char *
ek_target_get_status (EkTarget *self)
{
  return self->status;
}

/**
 * ek_target_get_picture:
 *
 * Returns: (transfer none): the name of its drawing
 */
const char *
ek_target_get_picture (EkTarget *self)
{
  return self->board != NULL ? self->board : "echokit";
}

EkDeviceState
ek_target_get_state (EkTarget *self)
{
  return ek_device_get_state (self->device);
}

/**
 * ek_target_get_arrivals:
 *
 * Returns: how often it was plugged in since the app saw it first
 */
guint
ek_target_get_arrivals (EkTarget *self)
{
  return self->arrivals;
}

EkTargetLook
ek_target_get_look (EkTarget *self)
{
  return self->look;
}

/**
 * ek_target_get_look_error:
 *
 * Returns: (nullable) (transfer none): why nobody could see what runs on it
 */
const GError *
ek_target_get_look_error (EkTarget *self)
{
  return self->look_error;
}

/**
 * ek_target_looks_by_itself:
 *
 * Looking restarts what hangs on the port. On an adapter that may be anything, a printer at work too;
 * on the chip's own USB it is a device that was just plugged in to be looked at.
 */
gboolean
ek_target_looks_by_itself (EkTarget *self)
{
  EkPortKind kind = ek_device_get_kind (self->device);

  return ek_target_is_simulated (self) || kind == EK_PORT_KIND_USB_SERIAL_JTAG ||
         kind == EK_PORT_KIND_USB_OTG;
}

static void
on_looked (GObject *object, GAsyncResult *result, gpointer user_data)
{
  EkProbeJob *job = EK_PROBE_JOB (object);
  g_autoptr (EkTarget) self = user_data;
  g_autoptr (GError) error = NULL;
  const EkInstalled *installed;

  ek_device_end_use (self->device);
  if (!ek_job_run_finish (EK_JOB (job), result, &error))
    {
      g_clear_error (&self->look_error);
      self->look_error = g_steal_pointer (&error);
      set_look (self, EK_LOOK_FAILED);
      return;
    }

  g_set_object (&self->probe, job);
  installed = ek_probe_job_get_installed (job);
  ek_target_set_installed (self, installed->board,
                           installed->has_app ? installed->app.version : NULL);
  self->probe_is_old = FALSE;
  set_look (self, EK_LOOK_DONE);
}

/**
 * ek_target_look:
 *
 * Finds out what runs on it, which takes about a second and restarts it.
 */
void
ek_target_look (EkTarget *self)
{
  g_autoptr (EkPort) port = NULL;
  g_autoptr (EkProbeJob) job = NULL;
  g_autoptr (GError) error = NULL;

  if (self->look == EK_LOOK_RUNNING || self->busy || ek_target_get_state (self) != EK_DEVICE_READY)
    return;
  if (!(port = ek_target_new_port (self, &error)))
    {
      g_debug ("looking: %s", error->message);
      return;
    }

  g_clear_object (&self->look_cancellable);
  self->look_cancellable = g_cancellable_new ();
  ek_device_begin_use (self->device);
  job = ek_probe_job_new (port, NULL);
  ek_job_run_async (EK_JOB (job), self->look_cancellable, on_looked, g_object_ref (self));
  set_look (self, EK_LOOK_RUNNING);
}

/**
 * ek_target_forget_look:
 *
 * What was found out is not true any more.
 */
void
ek_target_forget_look (EkTarget *self)
{
  g_clear_object (&self->probe);
  ek_target_set_installed (self, NULL, NULL);
  set_look (self, EK_LOOK_NONE);
}

gboolean
ek_target_get_busy (EkTarget *self)
{
  return self->busy;
}

/**
 * ek_target_set_busy:
 *
 * Tells that an operation has it.
 */
void
ek_target_set_busy (EkTarget *self, gboolean busy)
{
  if (self->busy == busy)
    return;

  self->busy = busy;
  if (busy)
    ek_device_begin_use (self->device);
  else
    ek_device_end_use (self->device);
  refresh_words (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
}

/**
 * ek_target_get_board:
 *
 * Returns: (nullable) (transfer none): what its owner said it is, or what it ran
 */
const char *
ek_target_get_board (EkTarget *self)
{
  return self->board;
}

/**
 * ek_target_set_board:
 * @board: (nullable): "echokit-box" or "echokit-diy"
 */
void
ek_target_set_board (EkTarget *self, const char *board)
{
  if (g_strcmp0 (self->board, board) == 0)
    return;

  g_free (self->board);
  self->board = g_strdup (board);
  ek_device_set_board (self->device, ek_board_title (board));
  refresh_words (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BOARD]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PICTURE]);
}

/**
 * ek_target_get_installed_board:
 *
 * Returns: (nullable) (transfer none): the board whose published firmware runs on it
 */
const char *
ek_target_get_installed_board (EkTarget *self)
{
  return self->installed_board;
}

const char *
ek_target_get_version (EkTarget *self)
{
  return self->version;
}

/**
 * ek_target_set_installed:
 * @board: (nullable): of the firmware, if it is a published one
 * @version: (nullable)
 *
 * Tells what runs on it now.
 */
void
ek_target_set_installed (EkTarget *self, const char *board, const char *version)
{
  self->probe_is_old = TRUE;
  self->installed_board = g_intern_string (board);
  if (self->board == NULL && board != NULL)
    ek_target_set_board (self, board);
  if (g_strcmp0 (self->version, version) == 0)
    return;

  g_free (self->version);
  self->version = g_strdup (version);
  refresh_words (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_VERSION]);
}

/**
 * ek_target_get_console_baud:
 *
 * Returns: bits a second at which its firmware talks, as the list that it is from says; 0 for the usual
 *   speed
 */
guint
ek_target_get_console_baud (EkTarget *self)
{
  return self->console_baud;
}

void
ek_target_set_console_baud (EkTarget *self, guint baud)
{
  if (self->console_baud == baud)
    return;

  self->console_baud = baud;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONSOLE_BAUD]);
}

/**
 * ek_target_get_installed:
 *
 * Returns: (nullable) (transfer none): what the last look found, unless it is true no more
 */
const EkInstalled *
ek_target_get_installed (EkTarget *self)
{
  return self->probe != NULL && !self->probe_is_old ? ek_probe_job_get_installed (self->probe)
                                                    : NULL;
}

/**
 * ek_target_get_chip_info:
 *
 * Returns: (nullable) (transfer none): what the last look found
 */
const EkChipInfo *
ek_target_get_chip_info (EkTarget *self)
{
  return self->probe != NULL ? ek_probe_job_get_chip_info (self->probe) : NULL;
}
