/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The terminal without its line editor and echo; Ctrl-C stays what it is. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-keys.h"

#include <glib-unix.h>
#include <termios.h>
#include <unistd.h>

struct _EkCliKeys
{
  struct termios before;
  guint source;
  EkCliKeyFunc func;
  gpointer user_data;
};

static gboolean
on_input (int fd, GIOCondition condition, gpointer user_data)
{
  EkCliKeys *self = user_data;
  guint8 keys[64];
  gssize n = read (fd, keys, sizeof keys);

  for (gssize i = 0; i < n; i++)
    self->func (keys[i], self->user_data);
  if (n > 0)
    return G_SOURCE_CONTINUE;

  self->source = 0;
  return G_SOURCE_REMOVE;
}

/**
 * ek_cli_keys_new:
 * @func: called from the main context for each key
 *
 * Returns: (transfer full) (nullable): %NULL if nobody sits at a terminal; free it before the end, or
 *   the terminal stays without echo
 */
EkCliKeys *
ek_cli_keys_new (EkCliKeyFunc func, gpointer user_data)
{
  EkCliKeys *self;
  struct termios settings;

  /* In the background a program that touches its terminal is stopped. */
  if (!isatty (STDIN_FILENO) || tcgetpgrp (STDIN_FILENO) != getpgrp () ||
      tcgetattr (STDIN_FILENO, &settings) != 0)
    return NULL;

  self = g_new0 (EkCliKeys, 1);
  self->before = settings;
  self->func = func;
  self->user_data = user_data;
  settings.c_lflag &= ~(tcflag_t) (ICANON | ECHO);
  (void) tcsetattr (STDIN_FILENO, TCSANOW, &settings);
  self->source = g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP, on_input, self);
  return self;
}

void
ek_cli_keys_free (EkCliKeys *self)
{
  if (self->source != 0)
    g_source_remove (self->source);
  (void) tcsetattr (STDIN_FILENO, TCSANOW, &self->before);
  g_free (self);
}
