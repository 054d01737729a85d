/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The owner's settings on their way to another place, or with other values. New pages are written
 * beside the old ones, which go when everything else is done: a cable that falls out loses nothing. */
#define G_LOG_DOMAIN "ek-jobs"
#include "config.h"

#include <glib/gi18n.h>

#include "ek-flash-plan-private.h"
#include "ek-stored-settings.h"

/**
 * Rewrite:
 * @partition: where they will be
 * @n_pages: of it
 * @used: one for each page of it: whether old settings are there
 */
typedef struct
{
  EkPlanner *planner;
  const EkPartition *partition;
  guint n_pages;
  guint8 *used;
  EkStoredSettings stored;
} Rewrite;

static void
rewrite_clear (Rewrite *self)
{
  g_clear_pointer (&self->used, g_free);
  ek_stored_settings_clear (&self->stored);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Rewrite, rewrite_clear)

static gboolean
sets_values (EkPlanner *self)
{
  return self->options.settings != NULL || self->options.clear_settings;
}

/* Where the device has them now. Without a table: where the firmware will look. */
static const EkPartition *
old_place (EkPlanner *self, const EkPartition *partition)
{
  const EkPartition *old = ek_settings_find_partition (self->installed.table);

  return old != NULL ? old : partition;
}

static gboolean
is_moving (EkPlanner *self, const EkPartition *partition)
{
  const EkPartition *old = old_place (self, partition);

  return self->layout_changes && (old->offset != partition->offset || old->size > partition->size);
}

/**
 * ek_planner_rewrites_settings:
 * @partition: a place for settings in the table that will be on the device
 *
 * Returns: whether that place gets the owner's settings, and they can't just stay as they lie
 */
gboolean
ek_planner_rewrites_settings (EkPlanner *self, const EkPartition *partition)
{
  if (ek_settings_find_partition (ek_planner_get_table (self)) != partition)
    return FALSE;

  return sets_values (self) || (is_moving (self, partition) && !self->options.fresh &&
                                !ek_planner_has_target (self, partition, TRUE));
}

static gboolean
read_old (Rewrite *self, GCancellable *cancellable, GError **error)
{
  EkPlanner *planner = self->planner;
  const EkPartition *old = old_place (planner, self->partition);
  guint64 end = MIN ((guint64) old->offset + old->size, planner->chip->flash_size);

  if (planner->options.erase_all || end <= old->offset)
    {
      self->stored.nvs = ek_nvs_new ();
      self->stored.pages = g_array_new (FALSE, FALSE, sizeof (guint32));
      return TRUE;
    }

  return ek_stored_settings_read (&self->stored, planner->reader, old->offset,
                                  (guint32) (end - old->offset), cancellable, error);
}

static void
note_used_pages (Rewrite *self)
{
  self->used = g_malloc0 (self->n_pages);
  for (guint i = 0; i < self->stored.pages->len; i++)
    {
      guint32 offset = g_array_index (self->stored.pages, guint32, i);
      guint64 end = (guint64) self->partition->offset + (guint64) self->n_pages * EK_NVS_PAGE_SIZE;

      if (offset >= self->partition->offset && offset < end)
        self->used[(offset - self->partition->offset) / EK_NVS_PAGE_SIZE] = TRUE;
    }
}

/* @changed: whether there is anything to write */
static gboolean
make_values (Rewrite *self, gboolean *changed, GError **error)
{
  const EkPlanOptions *options = &self->planner->options;
  guint max_pages = self->n_pages > 0 ? self->n_pages - 1 : 0;
  g_autoptr (GBytes) before = ek_nvs_to_pages (self->stored.nvs, G_MAXUINT16, 0, NULL);
  g_autoptr (GBytes) after = NULL;

  if (options->fresh)
    {
      g_object_unref (self->stored.nvs);
      self->stored.nvs = ek_nvs_new ();
    }
  if (options->clear_settings)
    ek_settings_clear_in (self->stored.nvs);
  if (options->settings != NULL && !ek_settings_apply (options->settings, self->stored.nvs, error))
    return FALSE;

  after = ek_nvs_to_pages (self->stored.nvs, max_pages, 0, error);
  if (after == NULL)
    return FALSE;
  *changed = before == NULL || !g_bytes_equal (before, after);
  return TRUE;
}

/* The first run of pages without old settings; from 0 if there is none that is long enough. */
static guint
find_room (Rewrite *self, guint n)
{
  guint run = 0;

  for (guint i = 0; i < self->n_pages; i++)
    {
      run = self->used[i] ? 0 : run + 1;
      if (run == n)
        return i + 1 - n;
    }

  return 0;
}

static void
add_target (Rewrite *self, guint first, GBytes *pages)
{
  EkFlashTarget target = {
    .name = g_strdup (self->partition->label),
    .kind = EK_SEGMENT_NVS,
    .offset = self->partition->offset + first * EK_NVS_PAGE_SIZE,
    .size = (guint32) g_bytes_get_size (pages),
    .content = g_bytes_ref (pages),
  };

  target.limit = target.offset + target.size;
  g_array_append_val (self->planner->targets, target);
}

/* Everything of the partition but the pages from @first up to @end: old settings late, what is none at
 * once, because the firmware would take it for damaged pages. */
static gboolean
clean_up (Rewrite *self, guint first, guint end, GCancellable *cancellable, GError **error)
{
  guint n;

  for (guint i = 0; i < self->n_pages; i += n)
    {
      guint32 offset = self->partition->offset + i * EK_NVS_PAGE_SIZE;

      n = 1;
      if (i >= first && i < end)
        {
          n = end - i;
          continue;
        }
      while (i + n < self->n_pages && i + n != first && self->used[i + n] == self->used[i])
        n++;
      if (self->used[i])
        ek_planner_add_late_erase (self->planner, offset, n * EK_NVS_PAGE_SIZE,
                                   self->partition->label,
                                   N_ ("your settings, as they were before"));
      else if (!ek_planner_blank_region (self->planner, offset, n * EK_NVS_PAGE_SIZE,
                                         self->partition->label, N_ ("no settings"), cancellable,
                                         error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
check_by_hand (EkPlanner *self, const EkPartition *partition, GError **error)
{
  if (!ek_planner_has_target (self, partition, TRUE))
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
               "a file goes where the settings are (0x%x): they can't be set as well",
               partition->offset);
  return FALSE;
}

/**
 * ek_planner_rewrite_settings:
 * @partition: where they will be
 * @rewritten: (out): %FALSE if they have the right values already and can stay as they lie
 *
 * Plans new pages with the owner's settings, changed as the options want it.
 *
 * Returns: %FALSE with %EK_ERROR_SETTINGS_INVALID, %EK_ERROR_SETTINGS_FULL, %EK_ERROR_INVALID_ARGUMENT or
 *   the reader's error
 */
gboolean
ek_planner_rewrite_settings (EkPlanner *self,
                             const EkPartition *partition,
                             gboolean *rewritten,
                             GCancellable *cancellable,
                             GError **error)
{
  g_auto (Rewrite) rewrite = { .planner = self,
                               .partition = partition,
                               .n_pages = partition->size / EK_NVS_PAGE_SIZE };
  g_autoptr (GBytes) pages = NULL;
  gboolean changed;
  guint first, n;

  *rewritten = FALSE;
  if (!check_by_hand (self, partition, error) || !read_old (&rewrite, cancellable, error) ||
      !make_values (&rewrite, &changed, error))
    return FALSE;
  if (!changed && !is_moving (self, partition))
    return TRUE;

  note_used_pages (&rewrite);
  pages = ek_nvs_to_pages (rewrite.stored.nvs, rewrite.n_pages, rewrite.stored.sequence + 1, error);
  if (pages == NULL)
    return FALSE;

  n = (guint) (g_bytes_get_size (pages) / EK_NVS_PAGE_SIZE);
  first = n > 0 ? find_room (&rewrite, n) : 0;
  ek_planner_drop_targets (self, partition);
  if (n > 0)
    add_target (&rewrite, first, pages);
  self->keeps_settings = !self->options.fresh && rewrite.stored.pages->len > 0;
  *rewritten = TRUE;
  return self->options.erase_all || clean_up (&rewrite, first, first + n, cancellable, error);
}
