/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GSettings behind a few names. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-memory.h"

#define SCHEMA_ID "dev.echokit.Flasher"
/* A workshop's worth; the oldest go. */
#define MAX_DEVICES 200

struct _EkMemory
{
  GObject parent_instance;

  GSettings *settings;
};

G_DEFINE_FINAL_TYPE (EkMemory, ek_memory, G_TYPE_OBJECT)

static void
ek_memory_dispose (GObject *object)
{
  g_clear_object (&EK_MEMORY (object)->settings);

  G_OBJECT_CLASS (ek_memory_parent_class)->dispose (object);
}

static void
ek_memory_class_init (EkMemoryClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ek_memory_dispose;
}

static void
ek_memory_init (EkMemory *self)
{
  self->settings = g_settings_new (SCHEMA_ID);
}

EkMemory *
ek_memory_new (void)
{
  return g_object_new (EK_TYPE_MEMORY, NULL);
}

void
ek_memory_recall_window (EkMemory *self, GtkWindow *window)
{
  gtk_window_set_default_size (window, g_settings_get_int (self->settings, "window-width"),
                               g_settings_get_int (self->settings, "window-height"));
  if (g_settings_get_boolean (self->settings, "window-maximized"))
    gtk_window_maximize (window);
}

void
ek_memory_keep_window (EkMemory *self, GtkWindow *window)
{
  int width, height;

  gtk_window_get_default_size (window, &width, &height);
  g_settings_set_int (self->settings, "window-width", width);
  g_settings_set_int (self->settings, "window-height", height);
  g_settings_set_boolean (self->settings, "window-maximized", gtk_window_is_maximized (window));
}

/**
 * ek_memory_bind_backup_first:
 * @property: a boolean of @object
 *
 * Whether a backup is saved before anything is installed: who wants that once wants it for the next
 * device too, and sees that it is on.
 */
void
ek_memory_bind_backup_first (EkMemory *self, GObject *object, const char *property)
{
  g_settings_bind (self->settings, "backup-first", object, property, G_SETTINGS_BIND_DEFAULT);
}

/**
 * ek_memory_recall_board:
 *
 * Tells @target which EchoKit it is, if its owner was asked before.
 */
void
ek_memory_recall_board (EkMemory *self, EkTarget *target)
{
  g_autoptr (GVariant) boards = g_settings_get_value (self->settings, "boards");
  GVariantIter iter;
  const char *id;
  const char *board;

  g_variant_iter_init (&iter, boards);
  while (g_variant_iter_next (&iter, "(&s&s)", &id, &board))
    if (g_str_equal (id, ek_target_get_id (target)) && ek_target_get_board (target) == NULL)
      ek_target_set_board (target, board);
}

/* The latest first: @pair, which begins with a device's id, and what is known of others. */
static void
keep_pair (EkMemory *self, const char *key, GVariant *pair)
{
  g_autoptr (GVariant) old = g_settings_get_value (self->settings, key);
  g_autoptr (GVariant) latest = g_variant_ref_sink (pair);
  const char *latest_id, *id;
  GVariantBuilder builder;
  GVariantIter iter;
  GVariant *value;
  guint n = 1;

  g_variant_builder_init (&builder, g_variant_get_type (old));
  g_variant_builder_add_value (&builder, latest);
  g_variant_get_child (latest, 0, "&s", &latest_id);
  g_variant_iter_init (&iter, old);
  while (n < MAX_DEVICES && (value = g_variant_iter_next_value (&iter)) != NULL)
    {
      g_variant_get_child (value, 0, "&s", &id);
      if (!g_str_equal (id, latest_id))
        {
          g_variant_builder_add_value (&builder, value);
          n++;
        }
      g_variant_unref (value);
    }
  g_settings_set_value (self->settings, key, g_variant_builder_end (&builder));
}

/**
 * ek_memory_keep_board:
 *
 * Remembers which EchoKit @target is. A simulated one is asked about each time: it is there to try.
 */
void
ek_memory_keep_board (EkMemory *self, EkTarget *target)
{
  if (!ek_target_is_simulated (target) && ek_target_get_board (target) != NULL)
    keep_pair (self, "boards",
               g_variant_new ("(ss)", ek_target_get_id (target), ek_target_get_board (target)));
}

/**
 * ek_memory_recall_console_baud:
 *
 * Tells @target at what speed its firmware talks, if it was installed here from a list that says so.
 */
void
ek_memory_recall_console_baud (EkMemory *self, EkTarget *target)
{
  g_autoptr (GVariant) speeds = g_settings_get_value (self->settings, "console-speeds");
  GVariantIter iter;
  const char *id;
  guint baud;

  g_variant_iter_init (&iter, speeds);
  while (g_variant_iter_next (&iter, "(&su)", &id, &baud))
    if (g_str_equal (id, ek_target_get_id (target)) && ek_target_get_console_baud (target) == 0)
      ek_target_set_console_baud (target, baud);
}

void
ek_memory_keep_console_baud (EkMemory *self, EkTarget *target)
{
  if (!ek_target_is_simulated (target))
    keep_pair (self, "console-speeds",
               g_variant_new ("(su)", ek_target_get_id (target),
                              ek_target_get_console_baud (target)));
}
