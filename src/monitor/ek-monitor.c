/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A thread listens; its lines cross over to the thread that started it in bundles, twenty times a
 * second at most. */
#define G_LOG_DOMAIN "ek-monitor"
#include "config.h"

#include "ek-monitor.h"

#include "ek-crash-collector.h"
#include "ek-listener.h"

#define DELIVERY_MS 50
/* If nobody takes lines any more, the oldest go. */
#define MAX_PENDING 50000

struct _EkMonitor
{
  GObject parent_instance;

  EkPort *port;
  EkMonitorOptions options;
  EkLog *log;
  EkBootVerdict *verdict;
  EkCrashCollector *crashes;
  EkMonitorState state;
  char *path;
  GError *error;
  gboolean paused;
  GPtrArray *held; /* (element-type EkLogLine): lines that came while paused */

  GMainContext *context;
  GCancellable *cancellable;
  GThread *thread;
  EkListener *listener;

  GMutex lock;
  GPtrArray *pending;       /* (lock) (element-type EkLogLine) */
  GSource *delivery;        /* (lock) (nullable): on its way */
  EkMonitorState new_state; /* (lock) */
  char *new_path;           /* (lock) */
  GError *new_error;        /* (lock) */
};

typedef enum
{
  PROP_STATE = 1,
  PROP_PATH,
  PROP_PAUSED,
} EkMonitorProperty;

static GParamSpec *properties[PROP_PAUSED + 1];

enum
{
  SIGNAL_LINE,
  SIGNAL_CRASH,
  SIGNAL_VERDICT_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (EkMonitor, ek_monitor, G_TYPE_OBJECT)

static void
set_state (EkMonitor *self, EkMonitorState state, const char *path)
{
  gboolean moved = path != NULL && g_strcmp0 (self->path, path) != 0;
  gboolean changed = self->state != state;

  if (moved)
    {
      g_free (self->path);
      self->path = g_strdup (path);
    }
  self->state = state;
  if (moved)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PATH]);
  if (changed)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static void
tell_crash (EkMonitor *self, EkCrash *crash)
{
  if (crash == NULL)
    return;

  g_signal_emit (self, signals[SIGNAL_CRASH], 0, crash);
  g_object_unref (crash);
}

static void
judge_line (EkMonitor *self, EkLogLine *line)
{
  EkBootState before = ek_boot_verdict_get_state (self->verdict);
  const char *text = ek_log_line_get_text (line);

  ek_boot_verdict_feed (self->verdict, text, ek_log_line_get_port_time (line));
  if (ek_boot_verdict_get_state (self->verdict) != before)
    g_signal_emit (self, signals[SIGNAL_VERDICT_CHANGED], 0);
  tell_crash (self, ek_crash_collector_feed (self->crashes, text));
}

static void
hold_back (EkMonitor *self, GPtrArray *lines)
{
  guint capacity = self->options.capacity;

  for (guint i = 0; i < lines->len; i++)
    g_ptr_array_add (self->held, g_object_ref (lines->pdata[i]));
  if (self->held->len > capacity)
    g_ptr_array_remove_range (self->held, 0, self->held->len - capacity);
}

static void
deliver (EkMonitor *self)
{
  g_autoptr (GPtrArray) lines = NULL;
  g_autofree char *path = NULL;
  EkMonitorState state;

  g_mutex_lock (&self->lock);
  lines = self->pending;
  self->pending = g_ptr_array_new_with_free_func (g_object_unref);
  state = self->new_state;
  path = g_strdup (self->new_path);
  if (self->new_error != NULL)
    {
      g_clear_error (&self->error);
      self->error = g_steal_pointer (&self->new_error);
    }
  g_mutex_unlock (&self->lock);

  g_object_ref (self);
  if (state == EK_MONITOR_LISTENING)
    set_state (self, state, path);
  if (self->paused)
    hold_back (self, lines);
  else
    ek_log_append (self->log, lines);
  for (guint i = 0; i < lines->len; i++)
    {
      g_signal_emit (self, signals[SIGNAL_LINE], 0, lines->pdata[i]);
      judge_line (self, lines->pdata[i]);
    }
  set_state (self, state, path);
  g_object_unref (self);
}

static gboolean
on_delivery_due (gpointer user_data)
{
  EkMonitor *self = user_data;

  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->delivery, g_source_unref);
  g_mutex_unlock (&self->lock);

  deliver (self);
  return G_SOURCE_REMOVE;
}

/* With the lock held. */
static void
schedule_delivery (EkMonitor *self)
{
  if (self->delivery != NULL)
    return;

  self->delivery = g_timeout_source_new (DELIVERY_MS);
  g_source_set_callback (self->delivery, on_delivery_due, self, NULL);
  g_source_attach (self->delivery, self->context);
}

/* On the listener's thread, as the next one. */
static void
on_line (EkLogLine *line, gpointer user_data)
{
  EkMonitor *self = user_data;

  g_mutex_lock (&self->lock);
  if (self->pending->len >= MAX_PENDING)
    g_ptr_array_remove_range (self->pending, 0, MAX_PENDING / 2);
  g_ptr_array_add (self->pending, g_object_ref (line));
  schedule_delivery (self);
  g_mutex_unlock (&self->lock);
}

static void
on_link (gboolean connected, const char *path, gpointer user_data)
{
  EkMonitor *self = user_data;

  g_mutex_lock (&self->lock);
  self->new_state = connected ? EK_MONITOR_LISTENING : EK_MONITOR_WAITING;
  g_free (self->new_path);
  self->new_path = g_strdup (path);
  schedule_delivery (self);
  g_mutex_unlock (&self->lock);
}

static gpointer
listen_in_thread (gpointer user_data)
{
  EkMonitor *self = user_data;
  GError *error = NULL;

  ek_listener_run (self->listener, G_MAXINT64, self->cancellable, &error);

  g_mutex_lock (&self->lock);
  self->new_state = EK_MONITOR_IDLE;
  if (error != NULL && !g_error_matches (error, EK_ERROR, EK_ERROR_CANCELLED))
    {
      self->new_state = EK_MONITOR_FAILED;
      self->new_error = g_steal_pointer (&error);
    }
  schedule_delivery (self);
  g_mutex_unlock (&self->lock);
  g_clear_error (&error);
  return NULL;
}

/**
 * ek_monitor_start:
 *
 * Begins to listen, on a thread of its own. Signals and notifications belong to the thread-default
 * main context of the caller.
 */
void
ek_monitor_start (EkMonitor *self)
{
  EkListenerOptions options = {
    .baud = self->options.baud,
    .reset = self->options.reset,
    .no_reconnect = self->options.no_reconnect,
    .live = TRUE,
    .on_line = on_line,
    .on_link = on_link,
    .user_data = self,
  };

  g_return_if_fail (EK_IS_MONITOR (self));

  ek_monitor_stop (self);
  g_clear_error (&self->error);
  self->context = g_main_context_ref_thread_default ();
  self->cancellable = g_cancellable_new ();
  self->listener = ek_listener_new (self->port, &options);
  self->new_state = EK_MONITOR_WAITING;
  set_state (self, EK_MONITOR_WAITING, NULL);
  self->thread = g_thread_new ("monitor", listen_in_thread, self);
}

/**
 * ek_monitor_stop:
 *
 * Stops listening and closes the port, which is free for others when this returns. Lines on their way
 * arrive before.
 */
void
ek_monitor_stop (EkMonitor *self)
{
  g_return_if_fail (EK_IS_MONITOR (self));

  if (self->thread == NULL)
    return;

  g_cancellable_cancel (self->cancellable);
  g_thread_join (g_steal_pointer (&self->thread));
  if (self->delivery != NULL)
    g_source_destroy (self->delivery);
  g_clear_pointer (&self->delivery, g_source_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_object (&self->cancellable);
  deliver (self);
  tell_crash (self, ek_crash_collector_end (self->crashes));
  g_clear_pointer (&self->listener, ek_listener_free);
}

/**
 * ek_monitor_restart_device:
 *
 * Restarts the device, which then is judged afresh.
 */
void
ek_monitor_restart_device (EkMonitor *self)
{
  g_return_if_fail (EK_IS_MONITOR (self));

  if (self->listener == NULL)
    return;

  ek_boot_verdict_reset (self->verdict);
  ek_listener_restart_device (self->listener);
}

/**
 * ek_monitor_set_paused:
 *
 * While paused, the log stays as it is, for reading; what comes meanwhile is added afterwards.
 */
void
ek_monitor_set_paused (EkMonitor *self, gboolean paused)
{
  g_return_if_fail (EK_IS_MONITOR (self));

  if (self->paused == paused)
    return;

  self->paused = paused;
  if (!paused)
    {
      ek_log_append (self->log, self->held);
      g_ptr_array_set_size (self->held, 0);
    }
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PAUSED]);
}

gboolean
ek_monitor_get_paused (EkMonitor *self)
{
  return self->paused;
}

static void
ek_monitor_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  EkMonitor *self = EK_MONITOR (object);

  switch ((EkMonitorProperty) property_id)
    {
    case PROP_STATE:
      g_value_set_int (value, (int) self->state);
      break;
    case PROP_PATH:
      g_value_set_string (value, self->path);
      break;
    case PROP_PAUSED:
      g_value_set_boolean (value, self->paused);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
ek_monitor_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  if (property_id == PROP_PAUSED)
    ek_monitor_set_paused (EK_MONITOR (object), g_value_get_boolean (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static void
ek_monitor_dispose (GObject *object)
{
  ek_monitor_stop (EK_MONITOR (object));

  G_OBJECT_CLASS (ek_monitor_parent_class)->dispose (object);
}

static void
ek_monitor_finalize (GObject *object)
{
  EkMonitor *self = EK_MONITOR (object);

  g_object_unref (self->port);
  g_object_unref (self->log);
  g_object_unref (self->verdict);
  ek_crash_collector_free (self->crashes);
  g_ptr_array_unref (self->held);
  g_ptr_array_unref (self->pending);
  g_clear_error (&self->error);
  g_clear_error (&self->new_error);
  g_free (self->path);
  g_free (self->new_path);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (ek_monitor_parent_class)->finalize (object);
}

static void
ek_monitor_class_init (EkMonitorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = ek_monitor_get_property;
  object_class->set_property = ek_monitor_set_property;
  object_class->dispose = ek_monitor_dispose;
  object_class->finalize = ek_monitor_finalize;

  properties[PROP_STATE] = g_param_spec_int ("state", NULL, NULL, EK_MONITOR_IDLE,
                                             EK_MONITOR_FAILED, EK_MONITOR_IDLE, flags);
  properties[PROP_PATH] = g_param_spec_string ("path", NULL, NULL, NULL, flags);
  properties[PROP_PAUSED] =
      g_param_spec_boolean ("paused", NULL, NULL, FALSE, flags | G_PARAM_WRITABLE);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);

  signals[SIGNAL_LINE] = g_signal_new ("line", EK_TYPE_MONITOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                       NULL, G_TYPE_NONE, 1, EK_TYPE_LOG_LINE);
  signals[SIGNAL_CRASH] = g_signal_new ("crash", EK_TYPE_MONITOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                        NULL, G_TYPE_NONE, 1, EK_TYPE_CRASH);
  signals[SIGNAL_VERDICT_CHANGED] =
      g_signal_new ("verdict-changed", EK_TYPE_MONITOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 0);
}

static void
ek_monitor_init (EkMonitor *self)
{
  g_mutex_init (&self->lock);
  self->verdict = ek_boot_verdict_new ();
  self->crashes = ek_crash_collector_new ();
  self->held = g_ptr_array_new_with_free_func (g_object_unref);
  self->pending = g_ptr_array_new_with_free_func (g_object_unref);
}

/**
 * ek_monitor_new:
 * @port: (transfer none): the device; nobody else may use it between start and stop
 * @options: (nullable)
 *
 * Returns: (transfer full): a monitor that does not listen yet
 */
EkMonitor *
ek_monitor_new (EkPort *port, const EkMonitorOptions *options)
{
  EkMonitor *self = g_object_new (EK_TYPE_MONITOR, NULL);

  self->port = g_object_ref (port);
  self->path = g_strdup (ek_port_get_path (port));
  if (options != NULL)
    self->options = *options;
  if (self->options.capacity == 0)
    self->options.capacity = EK_LOG_DEFAULT_CAPACITY;
  self->log = ek_log_new (self->options.capacity);
  return self;
}

/**
 * ek_monitor_get_log:
 *
 * Returns: (transfer none): the lines, as a list model
 */
EkLog *
ek_monitor_get_log (EkMonitor *self)
{
  return self->log;
}

/**
 * ek_monitor_get_verdict:
 *
 * Returns: (transfer none): what the lines say about the device's start
 */
EkBootVerdict *
ek_monitor_get_verdict (EkMonitor *self)
{
  return self->verdict;
}

EkMonitorState
ek_monitor_get_state (EkMonitor *self)
{
  return self->state;
}

/**
 * ek_monitor_get_path:
 *
 * Returns: (transfer none): where the device is now
 */
const char *
ek_monitor_get_path (EkMonitor *self)
{
  return self->path;
}

/**
 * ek_monitor_get_error:
 *
 * Returns: (transfer none) (nullable): why it is %EK_MONITOR_FAILED
 */
const GError *
ek_monitor_get_error (EkMonitor *self)
{
  return self->error;
}

guint64
ek_monitor_get_bytes_read (EkMonitor *self)
{
  return self->listener != NULL ? ek_listener_get_bytes_read (self->listener) : 0;
}
