/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A ring of lines: what comes in pushes the oldest out. */
#define G_LOG_DOMAIN "ek-monitor"
#include "config.h"

#include "ek-log.h"

#include "ek-error.h"

struct _EkLog
{
  GObject parent_instance;

  EkLogLine **ring;
  guint capacity;
  guint first; /* index of the oldest */
  guint n;
};

static void ek_log_list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (EkLog,
                               ek_log,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, ek_log_list_model_init))

static EkLogLine *
peek (EkLog *self, guint position)
{
  return self->ring[(self->first + position) % self->capacity];
}

static void
drop_oldest (EkLog *self, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_clear_object (&self->ring[self->first]);
      self->first = (self->first + 1) % self->capacity;
    }
  self->n -= n;
}

static void
ek_log_finalize (GObject *object)
{
  EkLog *self = EK_LOG (object);

  drop_oldest (self, self->n);
  g_free (self->ring);

  G_OBJECT_CLASS (ek_log_parent_class)->finalize (object);
}

static void
ek_log_class_init (EkLogClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_log_finalize;
}

static void
ek_log_init (EkLog *self)
{
}

static GType
get_item_type (GListModel *model)
{
  return EK_TYPE_LOG_LINE;
}

static guint
get_n_items (GListModel *model)
{
  return EK_LOG (model)->n;
}

static gpointer
get_item (GListModel *model, guint position)
{
  EkLog *self = EK_LOG (model);

  return position < self->n ? g_object_ref (peek (self, position)) : NULL;
}

static void
ek_log_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

/**
 * ek_log_new:
 * @capacity: lines to keep, 1 or more
 *
 * Returns: (transfer full)
 */
EkLog *
ek_log_new (guint capacity)
{
  EkLog *self = g_object_new (EK_TYPE_LOG, NULL);

  g_return_val_if_fail (capacity > 0, self);

  self->capacity = capacity;
  self->ring = g_new0 (EkLogLine *, capacity);
  return self;
}

/**
 * ek_log_append:
 * @lines: (element-type EkLogLine): in their order
 *
 * Adds them at the end, in one change of the list, after another one for what they push out.
 */
void
ek_log_append (EkLog *self, GPtrArray *lines)
{
  guint n_new = MIN (lines->len, self->capacity);
  guint n_room = self->capacity - self->n;
  guint n_dropped = n_new > n_room ? n_new - n_room : 0;
  guint position;

  if (n_dropped > 0)
    {
      drop_oldest (self, n_dropped);
      g_list_model_items_changed (G_LIST_MODEL (self), 0, n_dropped, 0);
    }
  if (n_new == 0)
    return;

  position = self->n;
  for (guint i = lines->len - n_new; i < lines->len; i++)
    self->ring[(self->first + self->n++) % self->capacity] = g_object_ref (lines->pdata[i]);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 0, n_new);
}

void
ek_log_clear (EkLog *self)
{
  guint n = self->n;

  drop_oldest (self, n);
  if (n > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, n, 0);
}

/**
 * ek_log_to_text:
 * @times: put the time of day before each line
 *
 * Returns: (transfer full): all lines, for the clipboard or a file
 */
char *
ek_log_to_text (EkLog *self, gboolean times)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->n; i++)
    {
      EkLogLine *line = peek (self, i);

      if (times)
        {
          g_autofree char *clock = ek_log_line_format_time (line);

          g_string_append_printf (text, "%s ", clock);
        }
      g_string_append_printf (text, "%s\n", ek_log_line_get_text (line));
    }

  return g_string_free (text, FALSE);
}

/**
 * ek_log_save:
 * @path: a file to write, whole or not at all
 *
 * Returns: %FALSE with %EK_ERROR_DISK_FULL or %EK_ERROR_FILE_WRITE
 */
gboolean
ek_log_save (EkLog *self, const char *path, gboolean times, GError **error)
{
  g_autofree char *text = ek_log_to_text (self, times);
  g_autoptr (GError) local_error = NULL;

  if (g_file_set_contents (path, text, -1, &local_error))
    return TRUE;

  g_set_error (error, EK_ERROR,
               g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOSPC)
                   ? EK_ERROR_DISK_FULL
                   : EK_ERROR_FILE_WRITE,
               "%s: %s", path, local_error->message);
  return FALSE;
}
