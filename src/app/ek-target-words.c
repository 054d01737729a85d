/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a device is called and what is said of it, in an owner's words. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-target-words.h"

#include <glib/gi18n.h>

#include "ek-board.h"

/**
 * ek_target_make_title:
 *
 * Returns: (transfer full): what an owner calls it
 */
char *
ek_target_make_title (EkTarget *self)
{
  const char *board = ek_board_title (ek_target_get_board (self));

  if (ek_target_is_simulated (self))
    /* Translators: %s is the product: EchoKit Box, EchoKit DIY or EchoKit */
    return g_strdup_printf (_ ("Simulated %s"), board != NULL ? board : "EchoKit");

  return g_strdup (board != NULL ? board : ek_device_get_name (ek_target_get_device (self)));
}

static const char *const state_words[EK_N_DEVICE_STATES] = {
  [EK_DEVICE_NO_PERMISSION] = N_ ("needs permission"),
  [EK_DEVICE_BUSY] = N_ ("used by another program"),
  [EK_DEVICE_GONE] = N_ ("unplugged"),
  [EK_DEVICE_SETTLING] = N_ ("just plugged in…"),
  [EK_DEVICE_RESTARTING] = N_ ("keeps restarting"),
  [EK_DEVICE_NO_DRIVER] = N_ ("seen, but without a driver"),
};

static const char *
state_word (EkTarget *self)
{
  const char *word = state_words[ek_target_get_state (self)];

  return word != NULL ? _ (word) : NULL;
}

/**
 * ek_target_make_status:
 *
 * Returns: (transfer full): what runs on it, or why it can't be used now
 */
char *
ek_target_make_status (EkTarget *self)
{
  const char *version = ek_target_get_version (self);
  const char *connected = ek_target_is_simulated (self) ? _ ("not a real device") : _ ("connected");
  const char *word = state_word (self);

  if (ek_target_get_busy (self))
    return g_strdup (_ ("being worked on"));
  if (word != NULL)
    return g_strdup (word);
  if (ek_target_get_look (self) == EK_LOOK_RUNNING)
    return g_strdup (_ ("finding out what runs on it…"));
  if (version != NULL)
    /* Translators: the first %s is a version, the second “connected” or “not a real device” */
    return g_strdup_printf (_ ("runs %s · %s"), version, connected);
  if (ek_target_get_look (self) == EK_LOOK_DONE)
    return g_strdup_printf (_ ("no firmware on it yet · %s"), connected);
  if (ek_target_get_look (self) == EK_LOOK_FAILED)
    return g_strdup (_ ("connected, but it doesn't answer"));

  return g_strdup (connected);
}

/**
 * ek_target_propose_backup_name:
 *
 * Returns: (transfer full): a file's name that tells whose backup it is and of when, such as
 *   "echokit-box-D84A-2026-11-03.bin"
 */
char *
ek_target_propose_backup_name (EkTarget *self)
{
  const char *board = ek_target_get_board (self);
  const char *tail = ek_device_get_tail (ek_target_get_device (self));
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *date = g_date_time_format (now, "%Y-%m-%d");
  char *name = g_strdup_printf ("%s%s%s-%s.bin", board != NULL ? board : "echokit",
                                tail != NULL ? "-" : "", tail != NULL ? tail : "", date);

  /* a serial number may have anything in it */
  return g_strdelimit (name, "/\\: ", '-');
}
