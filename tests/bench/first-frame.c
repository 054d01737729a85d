/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whoever starts the process says when, on the monotonic clock, in EK_STARTED_AT. */
#include "config.h"

#include "first-frame.h"

#include <stdlib.h>

static void
on_painted (GdkFrameClock *clock, gpointer user_data)
{
  GtkWidget *window = user_data;
  gint64 started_at = g_ascii_strtoll (g_getenv ("EK_STARTED_AT"), NULL, 10);

  if (!gdk_surface_get_mapped (gtk_native_get_surface (GTK_NATIVE (window))) ||
      gtk_widget_get_width (window) == 0)
    return;
  g_print ("%" G_GINT64_FORMAT "\n", g_get_monotonic_time () - started_at);
  exit (0);
}

static void
on_map (GtkWidget *window, gpointer user_data)
{
  g_signal_connect (gtk_widget_get_frame_clock (window), "after-paint", G_CALLBACK (on_painted),
                    window);
}

static void
on_window_added (GtkApplication *application, GtkWindow *window, gpointer user_data)
{
  g_signal_connect (window, "map", G_CALLBACK (on_map), NULL);
}

/**
 * first_frame_watch:
 *
 * Prints the microseconds from EK_STARTED_AT until the window of @application was drawn, and ends the
 * process.
 */
void
first_frame_watch (GtkApplication *application)
{
  g_signal_connect (application, "window-added", G_CALLBACK (on_window_added), NULL);
}
