/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a password from the terminal, unseen, or as one line of the standard input. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#define KEY_INTERRUPT 0x03 /* Ctrl-C; no signal comes of it while the terminal is ours */
#define KEY_END       0x04 /* Ctrl-D */
#define KEY_ERASE     0x7f
#define KEY_BACKSPACE 0x08
#define KEY_ERASE_ALL 0x15 /* Ctrl-U */

static void
wipe (GString *text)
{
  explicit_bzero (text->str, text->allocated_len);
  g_string_free (text, TRUE);
}

/* Takes one byte. Returns FALSE when the line is complete. */
static gboolean
take_byte (GString *text, char byte, gboolean is_terminal, gboolean *interrupted)
{
  if (byte == '\n' || (is_terminal && (byte == '\r' || byte == KEY_END)))
    return FALSE;
  if (is_terminal && byte == KEY_INTERRUPT)
    {
      *interrupted = TRUE;
      return FALSE;
    }

  if (is_terminal && (byte == KEY_ERASE || byte == KEY_BACKSPACE))
    {
      /* a whole letter of UTF-8 */
      while (text->len > 0 && (text->str[text->len - 1] & 0xc0) == 0x80)
        g_string_truncate (text, text->len - 1);
      if (text->len > 0)
        g_string_truncate (text, text->len - 1);
    }
  else if (is_terminal && byte == KEY_ERASE_ALL)
    g_string_truncate (text, 0);
  else
    g_string_append_c (text, byte);

  return TRUE;
}

static char *
read_line (int fd, gboolean is_terminal, GError **error)
{
  /* One piece of memory from the start: growing would leave copies behind. */
  GString *text = g_string_sized_new (EK_CLI_MAX_SECRET + 2);
  gboolean interrupted = FALSE;
  gboolean more = TRUE;
  gssize n = 0;
  char byte;

  while (more && text->len <= EK_CLI_MAX_SECRET)
    {
      n = read (fd, &byte, 1);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        break;
      more = take_byte (text, byte, is_terminal, &interrupted);
    }

  if (interrupted)
    g_set_error (error, EK_ERROR, EK_ERROR_CANCELLED, "cancelled at the question for a password");
  else if (n < 0 || (n == 0 && text->len == 0))
    g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "no password came: %s",
                 n < 0 ? g_strerror (errno) : "the input is empty");
  else if (text->len > EK_CLI_MAX_SECRET || memchr (text->str, '\0', text->len) != NULL)
    g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
                 "what came as a password is no line of text");
  else
    {
      /* files made elsewhere end their lines with CR LF */
      if (text->len > 0 && text->str[text->len - 1] == '\r')
        g_string_truncate (text, text->len - 1);
      return g_string_free (text, FALSE);
    }

  wipe (text);
  return NULL;
}

static char *
read_unseen (int fd, const char *prompt, GError **error)
{
  struct termios before, unseen;
  char *secret;

  if (tcgetattr (fd, &before) != 0)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "no terminal to ask on: %s",
                   g_strerror (errno));
      return NULL;
    }

  unseen = before;
  unseen.c_lflag &= (tcflag_t) ~(ECHO | ECHONL | ICANON | ISIG);
  unseen.c_cc[VMIN] = 1;
  unseen.c_cc[VTIME] = 0;
  tcsetattr (fd, TCSAFLUSH, &unseen);
  dprintf (fd, "%s ", prompt);
  secret = read_line (fd, TRUE, error);
  tcsetattr (fd, TCSAFLUSH, &before);
  dprintf (fd, "\n");
  return secret;
}

/**
 * ek_cli_read_secret:
 * @prompt: the question, translated
 * @from_input: take a line of the standard input instead of asking
 *
 * Returns: (transfer full): one line, for ek_cli_free_secret(); or %NULL with %EK_ERROR_CANCELLED for
 *   Ctrl-C, %EK_ERROR_INVALID_ARGUMENT if there is no terminal, or nothing came
 */
char *
ek_cli_read_secret (const char *prompt, gboolean from_input, GError **error)
{
  char *secret;
  int fd;

  if (from_input)
    return read_line (STDIN_FILENO, FALSE, error);

  fd = open ("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (fd < 0)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
                   "there is no terminal to ask for the password on: use --password-stdin");
      return NULL;
    }

  secret = read_unseen (fd, prompt, error);
  close (fd);
  return secret;
}

/**
 * ek_cli_free_secret:
 * @secret: (nullable): is wiped first
 */
void
ek_cli_free_secret (char *secret)
{
  if (secret != NULL)
    explicit_bzero (secret, strlen (secret));
  g_free (secret);
}
