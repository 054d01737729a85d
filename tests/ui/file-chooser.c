/* SPDX-License-Identifier: GPL-3.0-or-later */
/* It opens a folder of its own first, some time after it is there. */
#include "config.h"

#include "file-chooser.h"

#ifdef __SANITIZE_ADDRESS__
/* The file chooser has so many types that GLib leaves the table of its first
 * 2048 names behind. */
int __lsan_is_turned_off (void);

int
__lsan_is_turned_off (void)
{
  return 1;
}
#endif

/**
 * file_chooser_find:
 *
 * Returns: (nullable) (transfer none): the one that is open
 */
GtkDialog *
file_chooser_find (void)
{
  GListModel *toplevels = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (toplevels); i++)
    {
      g_autoptr (GtkWindow) window = g_list_model_get_item (toplevels, i);

      if (GTK_IS_FILE_CHOOSER_DIALOG (window) && gtk_widget_get_visible (GTK_WIDGET (window)))
        return GTK_DIALOG (window);
    }

  return NULL;
}

static gboolean
is_chosen (gpointer path)
{
  GtkDialog *chooser = file_chooser_find ();
  g_autoptr (GFile) file = NULL;
  g_autofree char *chosen = NULL;

  if (chooser != NULL)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  if (file != NULL)
    chosen = g_file_get_path (file);
  return g_strcmp0 (chosen, path) == 0;
}

static gboolean
has_folder (gpointer chooser)
{
  g_autoptr (GFile) folder = gtk_file_chooser_get_current_folder (chooser);

  return folder != NULL;
}

/**
 * file_chooser_save:
 *
 * Saves to @path in the file chooser that is open.
 */
void
file_chooser_save (const char *path)
{
  GtkDialog *chooser = file_chooser_find ();
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *folder_path = g_path_get_dirname (path);
  g_autoptr (GFile) folder = g_file_new_for_path (folder_path);

  g_assert_nonnull (chooser);
  /* it would come back to its own folder */
  ui_wait_for (has_folder, chooser);
  gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (chooser), folder, NULL);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (chooser), name);
  ui_wait_for (is_chosen, (gpointer) path);
  g_signal_emit_by_name (ui_find_button (GTK_WIDGET (chooser), "Save"), "clicked");
}
