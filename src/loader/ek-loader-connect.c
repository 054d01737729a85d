/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a closed port to a chip that takes orders: reset, sync, set-up; and back after a lost link. */
#define G_LOG_DOMAIN "ek-loader"
#include "config.h"

#include "ek-loader-private.h"

#define DEFAULT_ATTEMPTS  7
#define SYNCS_PER_ATTEMPT 5
#define SYNC_ANSWERS      8
#define SYNC_TIMEOUT      (100 * 1000)
#define SYNC_PAUSE        (50 * 1000)
#define SET_UP_TRIES      4
/* A device that re-enumerates after a reset needs some seconds; a person has to find the cable first. */
#define RETURN_TIMEOUT (15 * G_USEC_PER_SEC)
#define REPLUG_TIMEOUT (120 * G_USEC_PER_SEC)
#define RETURN_PAUSE   (250 * 1000)

static const guint8 sync_payload[36] = {
  0x07, 0x07, 0x12, 0x20, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55,
  0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55,
  0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55,
};

/**
 * ek_loader_sync:
 *
 * One SYNC and its eight answers, whose value tells a ROM (not 0) from a stub (0).
 *
 * Source: ESP serial protocol, "Initial Synchronisation"; facts 1.2, 1.8.
 */
gboolean
ek_loader_sync (EkLoader *self, GCancellable *cancellable, GError **error)
{
  gboolean all_zero;
  EkReply reply;

  if (!ek_link_request (self->link, EK_COMMAND_SYNC, sync_payload, sizeof sync_payload, 0,
                        SYNC_TIMEOUT, &reply, cancellable, error))
    return FALSE;

  all_zero = reply.value == 0;
  for (guint i = 1; i < SYNC_ANSWERS; i++)
    {
      if (!ek_link_receive (self->link, EK_COMMAND_SYNC, 0, SYNC_TIMEOUT, &reply, cancellable,
                            NULL))
        break;
      all_zero = all_zero && reply.value == 0;
    }

  self->is_stub = all_zero;
  return !ek_error_set_cancelled (cancellable, error);
}

/**
 * Heard:
 *
 * What came back over all attempts: it decides what to tell the person.
 */
typedef struct
{
  guint64 n_bytes;
  gboolean boot_log;
  gboolean waiting_for_download;
  gboolean readable; /* mostly printable: firmware that prints */
} Heard;

static void
listen_to (EkLoader *self, Heard *heard)
{
  const char *text = ek_link_get_text (self->link);
  gsize printable = 0;
  gsize length = strlen (text);

  heard->n_bytes += ek_link_get_n_received (self->link);
  heard->boot_log = heard->boot_log || strstr (text, "boot:0x") != NULL;
  heard->waiting_for_download =
      heard->waiting_for_download || strstr (text, "waiting for download") != NULL;
  for (gsize i = 0; i < length; i++)
    printable += g_ascii_isprint (text[i]) || g_ascii_isspace (text[i]);
  heard->readable = heard->readable || (length >= 16 && printable * 10 >= length * 9);
}

static void
set_no_connection (EkLoader *self, const Heard *heard, GError **error)
{
  const char *path = ek_port_get_path (self->port);

  g_clear_error (error);
  if (heard->waiting_for_download)
    g_set_error (error, EK_ERROR, EK_ERROR_NO_SYNC,
                 "%s: in download mode, but no answer to SYNC: nothing we send arrives", path);
  else if (heard->boot_log || heard->readable)
    g_set_error (error, EK_ERROR, EK_ERROR_WRONG_BOOT_MODE,
                 "%s: the chip runs its firmware; the reset into download mode has no effect",
                 path);
  else if (heard->n_bytes > 0)
    g_set_error (error, EK_ERROR, EK_ERROR_NOISE,
                 "%s: %" G_GUINT64_FORMAT " bytes received, none of them an answer", path,
                 heard->n_bytes);
  else
    g_set_error (error, EK_ERROR, EK_ERROR_NO_ANSWER, "%s: nothing received", path);
}

/* Errors that mean: not there just now, as after a reset of a USB device. */
static gboolean
may_come_back (const GError *error)
{
  static const EkError codes[] = { EK_ERROR_PORT_NOT_FOUND, EK_ERROR_LINK_LOST,
                                   EK_ERROR_PORT_NO_PERMISSION, EK_ERROR_PORT_BUSY };

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    if (g_error_matches (error, EK_ERROR, (int) codes[i]))
      return TRUE;

  return FALSE;
}

static gboolean
wait_for_return (EkLoader *self, gint64 timeout, GCancellable *cancellable, GError **error)
{
  gint64 end = ek_port_now (self->port) + timeout;

  ek_port_close (self->port);
  while (TRUE)
    {
      g_autoptr (GError) local_error = NULL;

      if (ek_port_open (self->port, cancellable, &local_error))
        return TRUE;
      if (!may_come_back (local_error) || ek_port_now (self->port) >= end)
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
      if (!ek_port_sleep (self->port, RETURN_PAUSE, cancellable, error))
        return FALSE;
    }
}

static gboolean
prepare_port (EkLoader *self, GCancellable *cancellable, GError **error)
{
  ek_link_set_watching (self->link, FALSE);
  self->baud = EK_ROM_BAUD;
  self->is_stub = FALSE;
  self->attached = FALSE;
  if (!ek_port_is_open (self->port) && !wait_for_return (self, RETURN_TIMEOUT, cancellable, error))
    return FALSE;
  if (ek_port_has_baud (self->port) && !ek_port_set_baud (self->port, EK_ROM_BAUD, error))
    return FALSE;

  ek_link_reset (self->link);
  return TRUE;
}

/* Half a frame of before leaves a stub out of step: to it each of our delimiters opens and closes the
 * wrong ones. An escape that is none makes it forget the frame it is in. */
static gboolean
break_frame (EkLoader *self, GCancellable *cancellable, GError **error)
{
  static const guint8 nonsense[] = { EK_SLIP_ESC, 0x00 };

  return ek_link_send_raw (self->link, nonsense, sizeof nonsense, cancellable, error);
}

/* Only a ROM that says so was seen to obey the lines; a stub that runs through a reset was not. */
static void
note_reset (EkLoader *self, EkReset reset)
{
  self->lines_work = reset != EK_RESET_NONE && !self->is_stub &&
                     strstr (ek_link_get_text (self->link), "waiting for download") != NULL;
}

/* One reset and some SYNCs. FALSE without an error: no answer, try the next strategy. */
static gboolean
attempt_connection (EkLoader *self,
                    guint attempt,
                    Heard *heard,
                    GCancellable *cancellable,
                    GError **error)
{
  EkReset reset =
      self->options.no_reset ? EK_RESET_NONE : ek_reset_for_attempt (self->port, attempt);

  if (!ek_reset_run (reset, self->port, cancellable, error))
    return FALSE;

  for (guint i = 0; i < SYNCS_PER_ATTEMPT; i++)
    {
      g_autoptr (GError) local_error = NULL;

      if (i % 2 == 1 && !break_frame (self, cancellable, error))
        return FALSE;
      if (ek_loader_sync (self, cancellable, &local_error))
        {
          note_reset (self, reset);
          return TRUE;
        }
      if (g_error_matches (local_error, EK_ERROR, EK_ERROR_CANCELLED) ||
          g_error_matches (local_error, EK_ERROR, EK_ERROR_LINK_LOST))
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
      if (!ek_port_sleep (self->port, SYNC_PAUSE, cancellable, error))
        return FALSE;
    }

  listen_to (self, heard);
  return FALSE;
}

static gboolean
enter_download_mode (EkLoader *self, GCancellable *cancellable, GError **error)
{
  guint attempts = self->options.attempts > 0 ? self->options.attempts : DEFAULT_ATTEMPTS;
  Heard heard = { 0 };

  for (guint i = 0; i < attempts; i++)
    {
      g_autoptr (GError) local_error = NULL;

      if (!prepare_port (self, cancellable, error))
        return FALSE;
      if (attempt_connection (self, i, &heard, cancellable, &local_error))
        {
          g_debug ("%s answers at attempt %u", self->is_stub ? "stub" : "ROM", i + 1);
          ek_link_reset (self->link);
          ek_link_set_watching (self->link, TRUE);
          return TRUE;
        }
      if (local_error == NULL)
        continue;
      if (!g_error_matches (local_error, EK_ERROR, EK_ERROR_LINK_LOST))
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
      g_debug ("%s", local_error->message);
      ek_port_close (self->port);
    }

  set_no_connection (self, &heard, error);
  return FALSE;
}

static gboolean
start_stub_if_wanted (EkLoader *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (EkStub) stub = NULL;
  g_autoptr (GError) local_error = NULL;

  if (self->is_stub || self->options.no_stub)
    return TRUE;

  stub = ek_stub_load (self->info.chip, self->info.revision, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (stub == NULL)
    {
      g_info ("no stub for the %s here: the ROM does it, slower", self->info.chip->name);
      return TRUE;
    }

  return ek_loader_start_stub (self, stub, cancellable, error);
}

static gboolean
set_up_chip (EkLoader *self, GCancellable *cancellable, GError **error)
{
  if (!ek_loader_identify (self, cancellable, error))
    return FALSE;

  if (self->identified && memcmp (self->known_mac, self->info.mac, sizeof self->known_mac) != 0)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_WRONG_CHIP, "this is another device than before");
      return FALSE;
    }
  self->identified = TRUE;
  memcpy (self->known_mac, self->info.mac, sizeof self->known_mac);

  /* A locked chip runs no stub; what can be read of it is read with the ROM. */
  if (self->info.secure_download)
    return TRUE;
  if (ek_chip_info_is_locked (&self->info, NULL))
    return ek_loader_attach_flash (self, cancellable, error);

  return ek_loader_raise_baud (self, cancellable, error) &&
         start_stub_if_wanted (self, cancellable, error) &&
         ek_loader_attach_flash (self, cancellable, error);
}

static void
set_baud_limit (EkLoader *self)
{
  if (self->baud_limit != 0)
    return;

  self->baud_limit =
      self->options.baud != 0 ? self->options.baud : ek_port_get_max_baud (self->port);
  self->baud_limit = MAX (self->baud_limit, EK_ROM_BAUD);
}

/* Answers carry no checksum: a bit that fell over in one of them looks like another chip. */
static gboolean
may_be_damage (EkLoader *self, const GError *error)
{
  return g_error_matches (error, EK_ERROR, EK_ERROR_CHIP_UNKNOWN) ||
         (g_error_matches (error, EK_ERROR, EK_ERROR_WRONG_CHIP) && self->options.chip == NULL) ||
         g_error_matches (error, EK_ERROR, EK_ERROR_FLASH_NOT_FOUND);
}

/**
 * ek_loader_connect:
 *
 * Opens the port if need be, puts the chip into download mode trying every way in turn, learns what
 * it is, speeds the line up and starts the stub. A stub that runs already is used as it is. A locked
 * chip is connected to as far as it lets: see ek_chip_info_is_locked().
 *
 * Returns: %FALSE with an error of ek_port_open(); %EK_ERROR_NO_ANSWER, %EK_ERROR_WRONG_BOOT_MODE,
 *   %EK_ERROR_NO_SYNC or %EK_ERROR_NOISE told apart by what was received; %EK_ERROR_WRONG_CHIP,
 *   %EK_ERROR_CHIP_UNKNOWN, %EK_ERROR_CHIP_REFUSED, %EK_ERROR_FLASH_NOT_FOUND, %EK_ERROR_STUB_FAILED,
 *   %EK_ERROR_CANCELLED
 */
gboolean
ek_loader_connect (EkLoader *self, GCancellable *cancellable, GError **error)
{
  if (!ek_port_is_open (self->port) && !ek_port_open (self->port, cancellable, error))
    return FALSE;
  set_baud_limit (self);

  for (guint i = 0; TRUE; i++)
    {
      g_autoptr (GError) local_error = NULL;

      if (!enter_download_mode (self, cancellable, error))
        return FALSE;
      if (set_up_chip (self, cancellable, &local_error))
        return TRUE;

      /* "Failed to act" mostly comes of writing; here nothing is written yet. */
      if (g_error_matches (local_error, EK_ERROR, EK_ERROR_WRITE_FAILED))
        local_error->code = EK_ERROR_CHIP_REFUSED;
      /* A stub that does not start leaves the ROM, which can do everything too. */
      if (g_error_matches (local_error, EK_ERROR, EK_ERROR_STUB_FAILED) &&
          i + 1 >= SET_UP_TRIES / 2)
        {
          g_info ("%s: staying with the ROM", local_error->message);
          self->options.no_stub = TRUE;
        }
      else if (!ek_loader_error_is_recoverable (local_error) &&
               !g_error_matches (local_error, EK_ERROR, EK_ERROR_STUB_FAILED) &&
               !(i == 0 && may_be_damage (self, local_error)))
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
      if (self->baud > EK_ROM_BAUD &&
          !g_error_matches (local_error, EK_ERROR, EK_ERROR_STUB_FAILED))
        {
          ek_loader_lower_baud (self);
        }
      else if (i + 1 >= SET_UP_TRIES)
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
      else
        {
          g_debug ("set-up: %s", local_error->message);
        }
    }
}

/**
 * ek_loader_listen:
 *
 * As ek_loader_connect(), but asks once and leaves the reset lines alone: for a chip that somebody puts
 * into download mode by hand.
 *
 * Returns: %FALSE with an error of ek_loader_connect()
 */
gboolean
ek_loader_listen (EkLoader *self, GCancellable *cancellable, GError **error)
{
  EkLoaderOptions options = self->options;
  gboolean ok;

  self->options.no_reset = TRUE;
  self->options.attempts = 1;
  ok = ek_loader_connect (self, cancellable, error);
  self->options.no_reset = options.no_reset;
  self->options.attempts = options.attempts;
  return ok;
}

/**
 * ek_loader_reconnect:
 * @slower: use a lower speed than before, if there is one
 *
 * After a lost link: waits up to two minutes for the device to be there again, under whatever name, and
 * connects anew.
 *
 * Returns: %FALSE with an error of ek_loader_connect(); %EK_ERROR_WRONG_CHIP if it is another device
 */
gboolean
ek_loader_reconnect (EkLoader *self, gboolean slower, GCancellable *cancellable, GError **error)
{
  if (slower)
    ek_loader_lower_baud (self);

  return wait_for_return (self, REPLUG_TIMEOUT, cancellable, error) &&
         ek_loader_connect (self, cancellable, error);
}

/**
 * ek_loader_resync:
 *
 * After a lost or damaged frame: drops what is under way and makes sure that the same program (stub or
 * ROM) still answers.
 *
 * Returns: %FALSE with %EK_ERROR_LINK_LOST if it does not: reconnect
 */
gboolean
ek_loader_resync (EkLoader *self, GCancellable *cancellable, GError **error)
{
  gboolean was_stub = self->is_stub;

  for (guint i = 0; i < SYNCS_PER_ATTEMPT; i++)
    {
      g_autoptr (GError) local_error = NULL;

      if (!ek_link_drain (self->link, SYNC_PAUSE, cancellable, error) ||
          !break_frame (self, cancellable, error))
        return FALSE;
      if (ek_loader_sync (self, cancellable, &local_error))
        {
          if (self->is_stub == was_stub)
            return TRUE;
          break;
        }
      if (ek_error_set_cancelled (cancellable, error))
        return FALSE;
    }

  self->is_stub = was_stub;
  g_set_error (error, EK_ERROR, EK_ERROR_LINK_LOST, "the chip does not answer any more");
  return FALSE;
}
