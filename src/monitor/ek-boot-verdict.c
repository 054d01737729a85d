/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the phrases of chip, boot loader and firmware in a log, and keeps what they say about the
 * latest start. */
#define G_LOG_DOMAIN "ek-monitor"
#include "config.h"

#include "ek-boot-verdict.h"

#include "ek-bytes.h"

#define LOOP_RESETS    3
#define LOOP_TIME_US   (10 * G_USEC_PER_SEC)
#define MAX_TEXT       64 /* bytes of a version or name that are kept */
#define MIN_ELF_PREFIX 4  /* hex digits */

/* Steps of a good start. Source: shared recordings of the chip; ESP-IDF 5.4.1; EchoKit's main.rs and
 * bt.rs; NimBLE. */
static const struct
{
  const char *phrase;
  EkBootState state;
} steps[] = {
  { "2nd stage bootloader", EK_BOOT_BOOTLOADER },
  { "boot: Loaded app from partition at offset", EK_BOOT_APP_LOADED },
  { "app_init: ELF file SHA256:", EK_BOOT_APP_STARTED }, /* after project and version */
  { "main_task: Calling app_main()", EK_BOOT_APP_STARTED },
  { "ble_device: Device Address:", EK_BOOT_SETUP },
  { "GAP procedure initiated: advertise", EK_BOOT_SETUP },
  { "Wifi DHCP info", EK_BOOT_ONLINE },
};

/* Source: ESP32-S3 rom/rtc.h, RESET_REASON. */
#define RESET_BROWN_OUT 0x0f

struct _EkBootVerdict
{
  GObject parent_instance;

  EkBootState reached; /* by the latest start; never EK_BOOT_PROBLEM */
  gboolean has_problem;
  EkError problem;
  const EkBootProblem *start_cause; /* (nullable): the first complaint of this start */
  const EkBootProblem *last_cause;  /* (nullable): of a start before, if this one has none */
  const EkBootProblem *cause; /* (nullable): of the problem; of a boot loop, what was heard in it */
  char *problem_line;
  EkBootState problem_after; /* how far it was when the problem came */

  char *version;
  char *elf_prefix;
  char *project;
  gboolean has_load_offset;
  guint32 load_offset;
  gboolean server_failed;

  gboolean has_reset;
  guint reset_reason;
  char *reset_name;
  guint n_same_resets;             /* in a row */
  gint64 reset_times[LOOP_RESETS]; /* of the last ones with the same reason, a ring */
};

G_DEFINE_FINAL_TYPE (EkBootVerdict, ek_boot_verdict, G_TYPE_OBJECT)

static void
clear_start (EkBootVerdict *self)
{
  self->has_load_offset = FALSE;
  self->server_failed = FALSE;
  g_clear_pointer (&self->version, g_free);
  g_clear_pointer (&self->elf_prefix, g_free);
  g_clear_pointer (&self->project, g_free);
}

static void
clear_problem (EkBootVerdict *self)
{
  self->has_problem = FALSE;
  self->cause = NULL;
  g_clear_pointer (&self->problem_line, g_free);
}

static void
ek_boot_verdict_finalize (GObject *object)
{
  EkBootVerdict *self = EK_BOOT_VERDICT (object);

  clear_start (self);
  clear_problem (self);
  g_clear_pointer (&self->reset_name, g_free);
  G_OBJECT_CLASS (ek_boot_verdict_parent_class)->finalize (object);
}

static void
ek_boot_verdict_class_init (EkBootVerdictClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ek_boot_verdict_finalize;
}

static void
ek_boot_verdict_init (EkBootVerdict *self)
{
}

/* The first problem of a start explains those that follow from it; only going round in circles
 * says more. */
static void
set_problem (EkBootVerdict *self, EkError code, const EkBootProblem *cause, const char *line)
{
  /* Each new round of a loop forgets what was heard in the one before. */
  if (self->has_problem && self->problem == EK_ERROR_BOOT_LOOP && self->cause == NULL)
    self->cause = cause;
  if (self->has_problem && (code != EK_ERROR_BOOT_LOOP || self->problem == EK_ERROR_BOOT_LOOP))
    return;

  if (code == EK_ERROR_BOOT_LOOP)
    cause = self->last_cause;
  clear_problem (self);
  self->has_problem = TRUE;
  self->cause = cause;
  self->problem = code;
  self->problem_line = g_strdup (line);
  self->problem_after = self->reached;
}

/* A start that goes on after a complaint, say from a second app, has got over it. */
static void
reach (EkBootVerdict *self, EkBootState state)
{
  if (state > self->reached)
    self->reached = state;

  if (self->has_problem && self->reached > self->problem_after)
    clear_problem (self);
}

static gboolean
is_crash (EkError problem)
{
  return problem == EK_ERROR_BOOT_LOOP || problem == EK_ERROR_BOOT_CRASH;
}

/* A new start is judged afresh. But what crashed has to come all the way to be trusted. */
static void
begin_start (EkBootVerdict *self)
{
  clear_start (self);
  self->reached = EK_BOOT_ROM;
  if (self->start_cause != NULL)
    self->last_cause = self->start_cause;
  self->start_cause = NULL;

  if (self->has_problem && !is_crash (self->problem))
    clear_problem (self);
  else if (self->has_problem)
    self->problem_after = EK_BOOT_APP_STARTED;
}

static void
count_reset (EkBootVerdict *self, guint reason, const char *line, gint64 time_us)
{
  gint64 earliest;

  if (!self->has_reset || self->reset_reason != reason)
    self->n_same_resets = 0;

  self->has_reset = TRUE;
  self->reset_reason = reason;
  self->reset_times[self->n_same_resets % LOOP_RESETS] = time_us;
  self->n_same_resets++;

  if (self->n_same_resets < LOOP_RESETS)
    return;

  earliest = self->reset_times[self->n_same_resets % LOOP_RESETS];
  if (time_us - earliest <= LOOP_TIME_US)
    {
      set_problem (self, EK_ERROR_BOOT_LOOP, NULL, line);
      self->problem_after = EK_BOOT_APP_STARTED;
    }
}

static char *
name_in_parentheses (const char *text)
{
  const char *open = strchr (text, '(');
  const char *close = open != NULL ? strchr (open, ')') : NULL;

  return close != NULL ? g_strndup (open + 1, MIN (close - open - 1, MAX_TEXT)) : NULL;
}

/* "rst:0x15 (USB_UART_CHIP_RESET),boot:0x8 (SPI_FAST_FLASH_BOOT)" */
static gboolean
read_reset (EkBootVerdict *self, const char *line, gint64 time_us)
{
  const char *found = strstr (line, "rst:0x");
  guint64 reason;

  if (found == NULL)
    return FALSE;

  begin_start (self);
  reason = g_ascii_strtoull (found + strlen ("rst:0x"), NULL, 16);
  g_free (self->reset_name);
  self->reset_name = name_in_parentheses (found);
  count_reset (self, (guint) MIN (reason, G_MAXUINT8), line, time_us);
  if (reason == RESET_BROWN_OUT)
    set_problem (self, EK_ERROR_POWER, NULL, line);

  return TRUE;
}

static const char *
text_after (const char *line, const char *phrase)
{
  const char *found = strstr (line, phrase);

  if (found == NULL)
    return NULL;

  found += strlen (phrase);
  while (*found == ' ')
    found++;
  return found;
}

static void
read_text (const char *line, const char *phrase, char **text)
{
  const char *found = text_after (line, phrase);
  const char *end;

  if (found == NULL)
    return;

  g_free (*text);
  *text = g_strchomp (g_strdup (found));
  if (strlen (*text) > MAX_TEXT)
    {
      end = g_utf8_find_prev_char (*text, *text + MAX_TEXT + 1);
      (*text)[end != NULL ? end - *text : 0] = '\0';
    }
}

static void
read_elf_prefix (EkBootVerdict *self, const char *line)
{
  const char *found = text_after (line, "ELF file SHA256:");
  gsize length = found != NULL ? strspn (found, "0123456789abcdefABCDEF") : 0;

  if (length < MIN_ELF_PREFIX)
    return;

  g_free (self->elf_prefix);
  self->elf_prefix = g_ascii_strdown (found, (gssize) MIN (length, MAX_TEXT));
}

static void
read_load_offset (EkBootVerdict *self, const char *line)
{
  const char *found = text_after (line, "boot: Loaded app from partition at offset");

  if (found == NULL)
    return;

  self->load_offset = (guint32) MIN (g_ascii_strtoull (found, NULL, 16), G_MAXUINT32);
  self->has_load_offset = TRUE;
}

static void
read_steps (EkBootVerdict *self, const char *line)
{
  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    if (strstr (line, steps[i].phrase) != NULL)
      reach (self, steps[i].state);
}

static void
read_problems (EkBootVerdict *self, const char *line)
{
  const EkBootProblem *problem = ek_boot_problem_find (line);

  if (problem == NULL)
    return;
  if (self->start_cause == NULL)
    self->start_cause = problem;
  set_problem (self, problem->code, problem, line);
}

/**
 * ek_boot_verdict_new:
 *
 * Returns: (transfer full): a verdict that has heard nothing
 */
EkBootVerdict *
ek_boot_verdict_new (void)
{
  return g_object_new (EK_TYPE_BOOT_VERDICT, NULL);
}

/**
 * ek_boot_verdict_reset:
 *
 * Forgets everything, resets that were counted too; for when this program resets the device.
 */
void
ek_boot_verdict_reset (EkBootVerdict *self)
{
  g_return_if_fail (EK_IS_BOOT_VERDICT (self));

  clear_start (self);
  clear_problem (self);
  self->start_cause = self->last_cause = NULL;
  g_clear_pointer (&self->reset_name, g_free);
  self->reached = EK_BOOT_NOTHING;
  self->has_reset = FALSE;
  self->n_same_resets = 0;
}

/**
 * ek_boot_verdict_feed:
 * @line: a complete line, redacted: a line with a problem is kept for the report
 * @time_us: when it came, in microseconds of any clock that does not go back
 *
 * Takes in a line. Each start of the chip is judged on its own: a reset forgets the version and the
 * problem of the start before. The same reset reason three times within ten seconds is
 * %EK_ERROR_BOOT_LOOP. That, and %EK_ERROR_BOOT_CRASH, is cleared only by a start that comes to set-up
 * or online.
 */
void
ek_boot_verdict_feed (EkBootVerdict *self, const char *line, gint64 time_us)
{
  g_return_if_fail (EK_IS_BOOT_VERDICT (self));
  g_return_if_fail (line != NULL);

  if (!read_reset (self, line, time_us) && strstr (line, "ESP-ROM:") != NULL)
    begin_start (self);

  read_steps (self, line);
  read_problems (self, line);
  read_load_offset (self, line);
  read_text (line, "app_init: App version:", &self->version);
  read_text (line, "app_init: Project name:", &self->project);
  read_elf_prefix (self, line);
  if (strstr (line, "Failed to connect to server") != NULL)
    self->server_failed = TRUE;
}

/**
 * ek_boot_verdict_get_state:
 *
 * Returns: how far the latest start came, or %EK_BOOT_PROBLEM
 */
EkBootState
ek_boot_verdict_get_state (EkBootVerdict *self)
{
  g_return_val_if_fail (EK_IS_BOOT_VERDICT (self), EK_BOOT_NOTHING);

  return self->has_problem ? EK_BOOT_PROBLEM : self->reached;
}

/**
 * ek_boot_verdict_get_problem:
 * @code: (out) (optional): %EK_ERROR_POWER, %EK_ERROR_SETTINGS_DAMAGED or one of the
 *   %EK_ERROR_BOOT_FAILED and following
 * @line: (out) (optional) (transfer none): the line that said it; lives until the next line is fed
 *
 * Returns: %FALSE if there is none
 */
gboolean
ek_boot_verdict_get_problem (EkBootVerdict *self, EkError *code, const char **line)
{
  g_return_val_if_fail (EK_IS_BOOT_VERDICT (self), FALSE);

  if (self->has_problem && code != NULL)
    *code = self->problem;
  if (self->has_problem && line != NULL)
    *line = self->problem_line;

  return self->has_problem;
}

/**
 * ek_boot_verdict_get_version:
 *
 * Returns: (nullable) (transfer none): what the app that started calls its version, such as "v0.3.1"
 */
const char *
ek_boot_verdict_get_version (EkBootVerdict *self)
{
  g_return_val_if_fail (EK_IS_BOOT_VERDICT (self), NULL);

  return self->version;
}

/**
 * ek_boot_verdict_get_elf_prefix:
 *
 * Returns: (nullable) (transfer none): the first digits of the SHA-256 of the app's ELF, in
 *   lower-case hex; EchoKits print 9 (CONFIG_APP_RETRIEVE_LEN_ELF_SHA)
 */
const char *
ek_boot_verdict_get_elf_prefix (EkBootVerdict *self)
{
  g_return_val_if_fail (EK_IS_BOOT_VERDICT (self), NULL);

  return self->elf_prefix;
}

/**
 * ek_boot_verdict_get_project:
 *
 * Returns: (nullable) (transfer none): the app's project name; "libespidf" for every EchoKit
 */
const char *
ek_boot_verdict_get_project (EkBootVerdict *self)
{
  g_return_val_if_fail (EK_IS_BOOT_VERDICT (self), NULL);

  return self->project;
}

/**
 * ek_boot_verdict_get_load_offset:
 * @offset: (out): bytes from the start of the flash
 *
 * Returns: %FALSE if no app was loaded
 */
gboolean
ek_boot_verdict_get_load_offset (EkBootVerdict *self, guint32 *offset)
{
  g_return_val_if_fail (EK_IS_BOOT_VERDICT (self), FALSE);
  g_return_val_if_fail (offset != NULL, FALSE);

  if (self->has_load_offset)
    *offset = self->load_offset;

  return self->has_load_offset;
}

/**
 * ek_boot_verdict_get_reset_reason:
 * @number: (out) (optional): such as 1 for power-on, 0x15 for USB
 * @name: (out) (optional) (nullable) (transfer none): what the ROM calls it, such as "POWERON"
 *
 * Returns: %FALSE if no reset was seen
 */
gboolean
ek_boot_verdict_get_reset_reason (EkBootVerdict *self, guint *number, const char **name)
{
  g_return_val_if_fail (EK_IS_BOOT_VERDICT (self), FALSE);

  if (self->has_reset && number != NULL)
    *number = self->reset_reason;
  if (self->has_reset && name != NULL)
    *name = self->reset_name;

  return self->has_reset;
}

/**
 * ek_boot_verdict_get_server_failed:
 *
 * Returns: %TRUE if this start could not connect to its server; no fault of the installation
 */
gboolean
ek_boot_verdict_get_server_failed (EkBootVerdict *self)
{
  g_return_val_if_fail (EK_IS_BOOT_VERDICT (self), FALSE);

  return self->server_failed;
}

static gboolean
check_came_up (EkBootVerdict *self, GError **error)
{
  if (self->has_problem)
    g_set_error (error, EK_ERROR, (gint) self->problem, "%s%sThe device said: %s",
                 self->cause != NULL ? self->cause->meaning : "", self->cause != NULL ? ". " : "",
                 self->problem_line);
  else if (self->reached == EK_BOOT_NOTHING)
    g_set_error_literal (error, EK_ERROR, EK_ERROR_NO_ANSWER,
                         "Nothing was heard from the device after its restart");
  else if (self->reached < EK_BOOT_APP_STARTED)
    g_set_error (error, EK_ERROR, EK_ERROR_TIMEOUT, "The device's start came no further than: %s",
                 ek_boot_state_name (self->reached));
  else
    return TRUE;

  return FALSE;
}

static gboolean
check_version (EkBootVerdict *self, const char *expected, GError **error)
{
  if (expected == NULL || g_strcmp0 (self->version, expected) == 0)
    return TRUE;
  /* The line may have been lost while the port was away: that proves nothing. */
  if (self->version == NULL)
    {
      g_set_error_literal (error, EK_ERROR, EK_ERROR_TIMEOUT,
                           "The device started without saying its version");
      return FALSE;
    }

  g_set_error (error, EK_ERROR, EK_ERROR_BOOT_OTHER_VERSION,
               "Version \"%s\" started, \"%s\" was expected", self->version, expected);
  return FALSE;
}

static gboolean
check_elf (EkBootVerdict *self, const guint8 *expected, GError **error)
{
  g_autofree char *hex = NULL;

  /* an image made without its ELF's hash has zeros, and the app prints what it has */
  if (expected == NULL || self->elf_prefix == NULL || ek_bytes_all (expected, 32, 0))
    return TRUE;

  hex = ek_bytes_hex (expected, 32);
  if (g_str_has_prefix (hex, self->elf_prefix))
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_BOOT_OTHER_VERSION,
               "The build with ELF SHA-256 %s… started, %.9s… was expected", self->elf_prefix, hex);
  return FALSE;
}

/**
 * ek_boot_verdict_check:
 * @expected_version: (nullable): what the app description of the installed app says
 * @expected_elf_sha256: (nullable) (array fixed-size=32): raw, from there too
 *
 * Says whether the firmware that was installed is the one that started.
 *
 * Returns: %FALSE with the problem's code, %EK_ERROR_NO_ANSWER (nothing was heard),
 *   %EK_ERROR_TIMEOUT (no app had started when the waiting ended), or %EK_ERROR_BOOT_OTHER_VERSION
 */
gboolean
ek_boot_verdict_check (EkBootVerdict *self,
                       const char *expected_version,
                       const guint8 *expected_elf_sha256,
                       GError **error)
{
  g_return_val_if_fail (EK_IS_BOOT_VERDICT (self), FALSE);

  return check_came_up (self, error) && check_version (self, expected_version, error) &&
         check_elf (self, expected_elf_sha256, error);
}

/**
 * ek_boot_verdict_get_cause:
 *
 * Returns: (nullable) (transfer none): which complaint the problem is, or what was heard in a boot loop
 */
const EkBootProblem *
ek_boot_verdict_get_cause (EkBootVerdict *self)
{
  g_return_val_if_fail (EK_IS_BOOT_VERDICT (self), NULL);

  return self->has_problem ? self->cause : NULL;
}

/**
 * ek_boot_state_name:
 *
 * Returns: (transfer none): a word for logs and JSON, such as "app-started"
 */
const char *
ek_boot_state_name (EkBootState state)
{
  static const char *const names[] = {
    [EK_BOOT_NOTHING] = "nothing",         [EK_BOOT_ROM] = "rom",
    [EK_BOOT_BOOTLOADER] = "bootloader",   [EK_BOOT_APP_LOADED] = "app-loaded",
    [EK_BOOT_APP_STARTED] = "app-started", [EK_BOOT_SETUP] = "setup",
    [EK_BOOT_ONLINE] = "online",           [EK_BOOT_PROBLEM] = "problem",
  };

  return state < G_N_ELEMENTS (names) ? names[state] : "unknown";
}
