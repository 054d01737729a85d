/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a device says: lines out of bytes, without secrets, and judged. */
#define G_LOG_DOMAIN "ek-fuzz"
#include "config.h"

#include "fuzz.h"

#include "ek-boot-verdict.h"
#include "ek-line-splitter.h"
#include "ek-log-line.h"
#include "ek-redactor.h"

typedef struct
{
  EkBootVerdict *verdict;
  EkLineSplitter *splitter;
} Heard;

/* The text is the same with and without its colours. */
static void
check_colours (const char *coloured, const char *text)
{
  while (*coloured != '\0')
    if (*coloured == '\033')
      coloured = strchr (coloured, 'm') + 1;
    else
      fuzz_check (*coloured++ == *text++);
  fuzz_check (*text == '\0');
}

static void
on_line (const char *line, gboolean complete, gpointer user_data)
{
  Heard *heard = user_data;
  g_autofree char *redacted = ek_redact_line (line);
  g_autoptr (EkLogLine) log_line = ek_log_line_new (redacted, EK_LOG_PLAIN, 0, 0);
  const EkLineStyle *styles;
  guint n;

  fuzz_check (g_utf8_validate (redacted, -1, NULL));
  styles = ek_line_splitter_get_styles (heard->splitter, &n);
  ek_log_line_set_styles (log_line, line, styles, n);
  if (ek_log_line_get_coloured_text (log_line) != NULL)
    check_colours (ek_log_line_get_coloured_text (log_line), redacted);
  if (complete)
    ek_boot_verdict_feed (heard->verdict, redacted, 0);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (EkBootVerdict) verdict = ek_boot_verdict_new ();
  Heard heard = { .verdict = verdict };
  g_autoptr (EkLineSplitter) splitter = ek_line_splitter_new (on_line, &heard);
  EkError code;
  const char *line;

  heard.splitter = splitter;
  ek_line_splitter_feed (splitter, data, size / 2);
  ek_line_splitter_flush (splitter);
  ek_line_splitter_feed (splitter, data + size / 2, size - size / 2);
  ek_line_splitter_end (splitter);
  ek_boot_verdict_get_problem (verdict, &code, &line);
  ek_boot_verdict_check (verdict, "v0.3.1", NULL, NULL);
  return 0;
}
