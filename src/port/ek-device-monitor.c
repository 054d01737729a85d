/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks again every second and whenever something says that there is news, and changes the list by
 * the difference. Looking is done on a worker thread: a driver may block an open() for seconds. */
#define G_LOG_DOMAIN "ek-port"
#include "config.h"

#include "ek-device-monitor.h"

#include "ek-device-record.h"
#include "ek-usb-hotplug.h"

#define LOOK_INTERVAL 1 /* seconds */
/* A device that comes makes several events; udev sets its rights a moment later. */
#define NEWS_DELAY_MS 60
/* Every so many looks, who has a port open is looked up where nothing hints at it. */
#define HOLDER_INTERVAL 3

/* Away for longer than a reset takes: unplugged. */
#define GONE_TIME (6 * G_USEC_PER_SEC)
/* Devices that are away are remembered, within reason. */
#define MAX_REMEMBERED 256

struct _EkDeviceMonitor
{
  GObject parent_instance;

  char *sysfs_root;
  char *dev_root;
  char *proc_root;
  EkClockFunc clock;
  gpointer clock_data;

  GHashTable *records; /* id to EkDeviceRecord */
  GPtrArray *listed;   /* (element-type EkDevice): in the order of the list */

  GMainContext *context;
  GSource *timer;
  GSource *news;
  GFileMonitor *dev_monitor;
  EkUsbHotplug *hotplug;
  GCancellable *cancellable; /* (nullable): while a look is under way */
  gboolean again;            /* news came meanwhile */
  guint n_looks;             /* begun */
  guint n_applied;           /* ended */
};

static void ek_device_monitor_list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (EkDeviceMonitor,
                               ek_device_monitor,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      ek_device_monitor_list_model_init))

static void start_look (EkDeviceMonitor *self);

static gint64
get_time (EkDeviceMonitor *self)
{
  return self->clock != NULL ? self->clock (self->clock_data) : g_get_monotonic_time ();
}

static EkDeviceSurvey *
survey_new (EkDeviceMonitor *self)
{
  EkDeviceSurvey *survey = ek_device_survey_new (self->sysfs_root, self->dev_root, self->proc_root);
  GHashTableIter iter;
  const char *id;
  EkDeviceRecord *record;

  survey->find_holders = self->n_looks++ % HOLDER_INTERVAL == 0;
  g_hash_table_iter_init (&iter, self->records);
  while (g_hash_table_iter_next (&iter, (gpointer *) &id, (gpointer *) &record))
    {
      if (ek_device_is_in_use (record->device))
        g_hash_table_add (survey->leave_alone, g_strdup (id));
      if (record->touched && record->gone_at < 0 &&
          ek_device_get_state (record->device) == EK_DEVICE_READY)
        g_hash_table_insert (survey->known, g_strdup (id),
                             GUINT_TO_POINTER (ek_device_get_facts (record->device)->enumeration));
    }

  return survey;
}

static void
list (EkDeviceMonitor *self, EkDeviceRecord *record)
{
  guint position = self->listed->len;

  /* Simulated devices stay at the end. */
  while (position > 0 && !ek_device_is_simulated (record->device) &&
         ek_device_is_simulated (self->listed->pdata[position - 1]))
    position--;
  record->listed = TRUE;
  g_ptr_array_insert (self->listed, (gint) position, g_object_ref (record->device));
  g_list_model_items_changed (G_LIST_MODEL (self), position, 0, 1);
}

static void
unlist (EkDeviceMonitor *self, EkDeviceRecord *record)
{
  guint position;

  record->listed = FALSE;
  if (!g_ptr_array_find (self->listed, record->device, &position))
    return;

  g_ptr_array_remove_index (self->listed, position);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
}

static EkDeviceRecord *
remember (EkDeviceMonitor *self, EkDevice *device, gint64 now)
{
  EkDeviceRecord *record = ek_device_record_new (device, now);

  g_hash_table_insert (self->records, g_strdup (ek_device_get_id (device)), record);
  return record;
}

static void
take_in (EkDeviceMonitor *self, const EkDeviceSight *sight, gboolean modem_manager, gint64 now)
{
  EkDeviceRecord *record = g_hash_table_lookup (self->records, ek_device_get_id (sight->device));
  guint enumeration = ek_device_get_facts (sight->device)->enumeration;

  if (record == NULL)
    {
      record = remember (self, sight->device, now);
      /* What is there from the start may have been there for long. */
      record->appeared_at = self->n_applied == 0 ? G_MININT64 / 2 : now;
    }
  else
    {
      if (record->gone_at >= 0 || ek_device_get_facts (record->device)->enumeration != enumeration)
        ek_device_record_note_return (record, now);
      ek_device_follow (record->device, sight->device);
    }

  record->gone_at = -1;
  record->touched = record->touched || sight->touched;
  ek_device_set_state (record->device, ek_device_record_judge (record, sight, modem_manager, now),
                       &sight->holder);
  if (!record->listed)
    list (self, record);
}

static void
miss (EkDeviceMonitor *self, EkDeviceRecord *record, gint64 now)
{
  if (record->gone_at < 0)
    {
      record->gone_at = now;
      ek_device_set_state (record->device,
                           ek_device_record_keeps_restarting (record, now) ? EK_DEVICE_RESTARTING
                                                                           : EK_DEVICE_GONE,
                           NULL);
    }
  if (record->listed && now - record->gone_at >= GONE_TIME && !ek_device_is_in_use (record->device))
    {
      ek_device_set_state (record->device, EK_DEVICE_GONE, NULL);
      record->n_returns = 0;
      unlist (self, record);
    }
}

static void
forget_some (EkDeviceMonitor *self)
{
  GHashTableIter iter;
  EkDeviceRecord *record;

  g_hash_table_iter_init (&iter, self->records);
  while (g_hash_table_size (self->records) > MAX_REMEMBERED &&
         g_hash_table_iter_next (&iter, NULL, (gpointer *) &record))
    if (!record->listed)
      g_hash_table_iter_remove (&iter);
}

static void
apply (EkDeviceMonitor *self, EkDeviceSurvey *survey)
{
  gint64 now = get_time (self);
  g_autoptr (GPtrArray) missed = g_ptr_array_new ();
  GHashTableIter iter;
  EkDeviceRecord *record;

  /* Handlers of our signals may change the table: what is missed is collected first. */
  g_hash_table_iter_init (&iter, self->records);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &record))
    if (!ek_device_is_simulated (record->device) &&
        ek_device_survey_find (survey, ek_device_get_id (record->device)) == NULL)
      g_ptr_array_add (missed, record);

  for (guint i = 0; i < missed->len; i++)
    miss (self, missed->pdata[i], now);
  for (guint i = 0; i < survey->sights->len; i++)
    take_in (self, &g_array_index (survey->sights, EkDeviceSight, i), survey->modem_manager, now);
  forget_some (self);
  self->n_applied++;
}

static void
look_in_thread (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  ek_device_survey_run (task_data);
  g_task_return_boolean (task, TRUE);
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  EkDeviceMonitor *self = EK_DEVICE_MONITOR (source);
  GTask *task = G_TASK (result);

  /* Stopped meanwhile, and maybe started again: that is another look's business. */
  if (self->cancellable != g_task_get_cancellable (task))
    return;

  g_clear_object (&self->cancellable);
  apply (self, g_task_get_task_data (task));
  if (self->again && self->timer != NULL)
    start_look (self);
}

static void
start_look (EkDeviceMonitor *self)
{
  g_autoptr (GTask) task = NULL;

  self->again = self->cancellable != NULL;
  if (self->again)
    return;

  self->cancellable = g_cancellable_new ();
  task = g_task_new (self, self->cancellable, on_looked, NULL);
  g_task_set_source_tag (task, start_look);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, survey_new (self), (GDestroyNotify) ek_device_survey_free);
  g_task_run_in_thread (task, look_in_thread);
}

static gboolean
on_timer (gpointer user_data)
{
  start_look (user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_news_due (gpointer user_data)
{
  EkDeviceMonitor *self = user_data;

  g_clear_pointer (&self->news, g_source_unref);
  start_look (self);
  return G_SOURCE_REMOVE;
}

static void
on_news (gpointer user_data)
{
  EkDeviceMonitor *self = user_data;

  if (self->news != NULL)
    return;

  self->news = g_timeout_source_new (NEWS_DELAY_MS);
  g_source_set_callback (self->news, on_news_due, self, NULL);
  g_source_attach (self->news, self->context);
}

static void
on_dev_changed (GFileMonitor *monitor,
                GFile *file,
                GFile *other_file,
                GFileMonitorEvent event,
                gpointer user_data)
{
  g_autofree char *name = g_file_get_basename (file);

  if (g_str_has_prefix (name, "tty"))
    on_news (user_data);
}

static void
watch_dev (EkDeviceMonitor *self)
{
  g_autoptr (GFile) dev = g_file_new_for_path (self->dev_root != NULL ? self->dev_root : "/dev");

  self->dev_monitor = g_file_monitor_directory (dev, G_FILE_MONITOR_NONE, NULL, NULL);
  if (self->dev_monitor != NULL)
    g_signal_connect (self->dev_monitor, "changed", G_CALLBACK (on_dev_changed), self);
}

/**
 * ek_device_monitor_start:
 *
 * Begins to watch, from the thread-default main context of the caller. The first devices are listed a
 * moment later; call ek_device_monitor_refresh() before to have them at once.
 */
void
ek_device_monitor_start (EkDeviceMonitor *self)
{
  g_return_if_fail (EK_IS_DEVICE_MONITOR (self));

  if (self->timer != NULL)
    return;

  self->context = g_main_context_ref_thread_default ();
  self->timer = g_timeout_source_new_seconds (LOOK_INTERVAL);
  g_source_set_callback (self->timer, on_timer, self, NULL);
  g_source_attach (self->timer, self->context);
  watch_dev (self);
  if (self->sysfs_root == NULL)
    self->hotplug = ek_usb_hotplug_new (on_news, self);
  start_look (self);
}

static void
clear_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

/**
 * ek_device_monitor_stop:
 *
 * Stops watching. The list stays as it is.
 */
void
ek_device_monitor_stop (EkDeviceMonitor *self)
{
  g_return_if_fail (EK_IS_DEVICE_MONITOR (self));

  clear_source (&self->timer);
  clear_source (&self->news);
  if (self->dev_monitor != NULL)
    g_signal_handlers_disconnect_by_data (self->dev_monitor, self);
  g_clear_object (&self->dev_monitor);
  g_clear_pointer (&self->hotplug, ek_usb_hotplug_free);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->context, g_main_context_unref);
}

/**
 * ek_device_monitor_refresh:
 *
 * Looks now, on this thread; for a command line that wants to know once.
 */
void
ek_device_monitor_refresh (EkDeviceMonitor *self)
{
  g_autoptr (EkDeviceSurvey) survey = NULL;

  g_return_if_fail (EK_IS_DEVICE_MONITOR (self));

  survey = survey_new (self);
  ek_device_survey_run (survey);
  apply (self, survey);
}

static void
ek_device_monitor_dispose (GObject *object)
{
  ek_device_monitor_stop (EK_DEVICE_MONITOR (object));

  G_OBJECT_CLASS (ek_device_monitor_parent_class)->dispose (object);
}

static void
ek_device_monitor_finalize (GObject *object)
{
  EkDeviceMonitor *self = EK_DEVICE_MONITOR (object);

  g_hash_table_unref (self->records);
  g_ptr_array_unref (self->listed);
  g_free (self->sysfs_root);
  g_free (self->dev_root);
  g_free (self->proc_root);

  G_OBJECT_CLASS (ek_device_monitor_parent_class)->finalize (object);
}

static void
ek_device_monitor_class_init (EkDeviceMonitorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ek_device_monitor_dispose;
  object_class->finalize = ek_device_monitor_finalize;
}

static void
ek_device_monitor_init (EkDeviceMonitor *self)
{
  self->records = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                         (GDestroyNotify) ek_device_record_free);
  self->listed = g_ptr_array_new_with_free_func (g_object_unref);
}

static GType
get_item_type (GListModel *model)
{
  return EK_TYPE_DEVICE;
}

static guint
get_n_items (GListModel *model)
{
  return EK_DEVICE_MONITOR (model)->listed->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  GPtrArray *listed = EK_DEVICE_MONITOR (model)->listed;

  return position < listed->len ? g_object_ref (listed->pdata[position]) : NULL;
}

static void
ek_device_monitor_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

/**
 * ek_device_monitor_new:
 *
 * Returns: (transfer full): a list of this computer's devices, empty until it is refreshed or started
 */
EkDeviceMonitor *
ek_device_monitor_new (void)
{
  return ek_device_monitor_new_for_root (NULL);
}

/**
 * ek_device_monitor_new_for_root:
 * @root: (nullable): the folder that has sys, dev and proc; %NULL for /
 *
 * Returns: (transfer full): the same for a made-up computer
 */
EkDeviceMonitor *
ek_device_monitor_new_for_root (const char *root)
{
  EkDeviceMonitor *self = g_object_new (EK_TYPE_DEVICE_MONITOR, NULL);

  if (root != NULL)
    {
      self->sysfs_root = g_build_filename (root, "sys", NULL);
      self->dev_root = g_build_filename (root, "dev", NULL);
      self->proc_root = g_build_filename (root, "proc", NULL);
    }

  return self;
}

/**
 * ek_device_monitor_set_clock:
 * @clock: (nullable) (scope forever): gives microseconds; %NULL for the computer's own clock
 *
 * For tests: what takes seconds is judged by this clock.
 */
void
ek_device_monitor_set_clock (EkDeviceMonitor *self, EkClockFunc clock, gpointer user_data)
{
  self->clock = clock;
  self->clock_data = user_data;
}

/**
 * ek_device_monitor_find:
 * @id: as of ek_device_get_id()
 *
 * Returns: (nullable) (transfer none): the device, also if it is away and no more listed
 */
EkDevice *
ek_device_monitor_find (EkDeviceMonitor *self, const char *id)
{
  EkDeviceRecord *record = g_hash_table_lookup (self->records, id);

  return record != NULL ? record->device : NULL;
}

/**
 * ek_device_monitor_add_simulated:
 * @uri: `sim:…`, as ek_port_new_for_uri() takes it
 *
 * Lists a device that isn't there, for the demo. It stays until it is removed.
 *
 * Returns: (transfer none): the device
 */
EkDevice *
ek_device_monitor_add_simulated (EkDeviceMonitor *self, const char *uri)
{
  EkDeviceRecord *record = g_hash_table_lookup (self->records, uri);

  if (record == NULL)
    {
      g_autoptr (EkDevice) device = ek_device_new_simulated (uri);

      record = remember (self, device, get_time (self));
    }
  if (!record->listed)
    list (self, record);

  return record->device;
}

void
ek_device_monitor_remove_simulated (EkDeviceMonitor *self, const char *uri)
{
  EkDeviceRecord *record = g_hash_table_lookup (self->records, uri);

  if (record != NULL && record->listed)
    unlist (self, record);
}
