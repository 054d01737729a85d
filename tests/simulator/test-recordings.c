/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every request that was recorded, to a fresh blank chip: every answer must be the recorded one, byte
 * for byte and in order. Nothing is left out: all fields of these recordings are deterministic. */
#include "sim-driver.h"

#include <json-glib/json-glib.h>

/* The recorded chip: emulated, held in download mode by its straps,
 * blank eFuses (MAC zeros, revision 0.0, no PSRAM bits), UART0, a flash
 * chip that calls itself 9d 60 18 and knows no SFDP. */
#define RECORDED_CHIP \
  "esp32s3?blank&usb=uart&strap=download&mac=00:00:00:00:00:00&revision=0.0&flash-id=18609d"

#define QUIET (2 * SIM_SECOND)

typedef struct
{
  gboolean to_chip;
  GBytes *bytes;
} Step;

static guint
digit (char c)
{
  int value = g_ascii_xdigit_value (c);

  g_assert_cmpint (value, >=, 0);
  return (guint) value;
}

static GBytes *
from_hex (const char *text)
{
  gsize size = strlen (text) / 2;
  guint8 *bytes = g_malloc (size);

  for (gsize i = 0; i < size; i++)
    bytes[i] = (guint8) (digit (text[2 * i]) << 4 | digit (text[2 * i + 1]));

  return g_bytes_new_take (bytes, size);
}

static void
step_clear (gpointer step)
{
  g_bytes_unref (((Step *) step)->bytes);
}

static Step
parse_step (const char *line)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  JsonObject *object;
  Step step;

  json_parser_load_from_data (parser, line, -1, &error);
  g_assert_no_error (error);
  object = json_node_get_object (json_parser_get_root (parser));
  step.to_chip = g_str_equal (json_object_get_string_member (object, "dir"), "to_chip");
  if (json_object_has_member (object, "frame"))
    {
      step.bytes = from_hex (json_object_get_string_member (object, "frame"));
    }
  else
    {
      const char *text = json_object_get_string_member (object, "text");

      step.bytes = g_bytes_new (text, strlen (text));
    }

  return step;
}

static GArray *
load_recording (const char *name)
{
  g_autofree char *file = g_strdup_printf ("%s.jsonl", name);
  g_autofree char *path = g_build_filename (g_getenv ("EK_SHARED_DIR"), "traces", file, NULL);
  GArray *steps = g_array_new (FALSE, FALSE, sizeof (Step));
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;

  g_array_set_clear_func (steps, step_clear);
  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (*lines[i] != '\0')
      {
        Step step = parse_step (lines[i]);

        g_array_append_val (steps, step);
      }
  g_assert_cmpuint (steps->len, >, 10);

  return steps;
}

static void
replay (gconstpointer name)
{
  g_autoptr (EkSimulator) sim = sim_new (RECORDED_CHIP);
  g_autoptr (GArray) steps = load_recording (name);
  guint n_requests = 0;

  g_byte_array_unref (sim_listen (sim, QUIET));
  for (guint i = 0; i < steps->len;)
    {
      Step *request = &g_array_index (steps, Step, i++);
      g_autoptr (GByteArray) wanted = g_byte_array_new ();
      g_autoptr (GByteArray) received = NULL;
      g_autofree char *wanted_hex = NULL;
      g_autofree char *received_hex = NULL;
      gsize size;
      const guint8 *bytes = g_bytes_get_data (request->bytes, &size);

      g_assert_true (request->to_chip);
      for (; i < steps->len && !g_array_index (steps, Step, i).to_chip; i++)
        {
          GBytes *answer = g_array_index (steps, Step, i).bytes;

          g_byte_array_append (wanted, g_bytes_get_data (answer, NULL),
                               (guint) g_bytes_get_size (answer));
        }

      sim_write (sim, bytes, size);
      received = sim_listen (sim, QUIET);
      wanted_hex = ek_bytes_hex (wanted->data, wanted->len);
      received_hex = ek_bytes_hex (received->data, received->len);
      if (!g_str_equal (received_hex, wanted_hex))
        {
          g_autofree char *request_hex = ek_bytes_hex (bytes, MIN (size, 32));

          g_test_message ("request %u: %s…", n_requests, request_hex);
        }
      g_assert_cmpstr (received_hex, ==, wanted_hex);
      n_requests++;
    }
  g_assert_cmpuint (n_requests, >, 5);
}

int
main (int argc, char **argv)
{
  static const char *const names[] = {
    "esp32s3-rom-flash-id",
    "esp32s3-rom-odd-commands",
    "esp32s3-rom-write-8k",
    "esp32s3-stub-erase-region",
    "esp32s3-stub-read-8k",
    "esp32s3-stub-write-64k",
    "esp32s3-stub-write-uncompressed-8k",
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_strdup_printf ("/simulator/recordings/answers-as-%s", names[i]);

      g_test_add_data_func (path, names[i], replay);
    }

  return g_test_run ();
}
