/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ekflash bundle: flash bundles made, looked at, checked and signed. No device is needed. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "ek-archive-writer.h"
#include "ek-board.h"
#include "ek-bundle-writer.h"
#include "ek-bytes.h"
#include "ek-cli-bundle.h"
#include "ek-cli-files.h"
#include "ek-cli-firmware.h"
#include "ek-cli-json.h"
#include "ek-cli-output.h"
#include "ek-cli-trust.h"
#include "ek-cli-write.h"
#include "ek-cli.h"
#include "ek-image-chip.h"

#define MANIFEST  "manifest.json"
#define SIGNATURE "manifest.json.minisig"

static EkCliTrust trust;
static EkCliKey key;
static EkCliFirmware firmware;
static EkBundleDescription description;
static char *output;
static char *public_path;
static char *comment;
static gboolean json;

static const GOptionEntry entries[] = {
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, N_ ("where the bundle is written"),
    N_ ("FILE") },
  { "name", 0, 0, G_OPTION_ARG_STRING, (char **) &description.name,
    N_ ("what the firmware is called"), N_ ("TEXT") },
  { "version", 0, 0, G_OPTION_ARG_STRING, (char **) &description.version,
    N_ ("its version (default: what the app says)"), N_ ("TEXT") },
  { "board", 0, 0, G_OPTION_ARG_STRING, (char **) &description.board,
    N_ ("what it is for: diy or box (default: what is known of the app)"), N_ ("BOARD") },
  { "key", 'k', 0, G_OPTION_ARG_FILENAME, &key.path, N_ ("secret key to sign with"), N_ ("FILE") },
  { "public-key", 0, 0, G_OPTION_ARG_FILENAME, &public_path,
    N_ ("where the new key's public half is written"), N_ ("FILE") },
  { "comment", 'c', 0, G_OPTION_ARG_STRING, &comment, N_ ("a line that is signed too"),
    N_ ("TEXT") },
  { "password-stdin", 0, 0, G_OPTION_ARG_NONE, &key.from_input,
    N_ ("read the key's password from the standard input"), NULL },
  { "no-password", 0, 0, G_OPTION_ARG_NONE, &key.unprotected,
    N_ ("make the new key without a password"), NULL },
  EK_CLI_FIRMWARE_ENTRIES (firmware),
  EK_CLI_TRUST_ENTRIES (trust),
  { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("print one object, and nothing else"), NULL },
  { NULL },
};

/**
 * Action:
 * @needs: the option that has to be there
 * @run: gets the words behind the action; prints what it has to say
 */
typedef struct
{
  const char *name;
  const char *missing;
  char **needs;
  gboolean (*run) (char **words, guint n_words, GError **error);
} Action;

static gboolean
usage_error (GError **error, const char *message)
{
  g_set_error_literal (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, message);
  return FALSE;
}

/* --- telling */

static void
add_optional (JsonBuilder *builder, const char *name, const char *text)
{
  if (text != NULL)
    ek_cli_json_text (builder, name, text);
}

static const char *
chip_of (EkBundle *bundle)
{
  const EkImageChip *chip = NULL;
  guint16 chip_id;

  if (ek_bundle_get_chip_id (bundle, &chip_id))
    chip = ek_image_chip_find_by_image_id (chip_id);
  return chip != NULL ? chip->name : NULL;
}

static void
add_segment (JsonBuilder *builder, const EkSegment *segment)
{
  g_autofree char *hash = ek_bytes_hex (segment->sha256, sizeof segment->sha256);

  json_builder_begin_object (builder);
  ek_cli_json_text (builder, "name", segment->name);
  if (segment->offset != EK_SEGMENT_OFFSET_AUTO)
    ek_cli_json_address (builder, "offset", segment->offset);
  ek_cli_json_number (builder, "size", g_bytes_get_size (segment->data));
  ek_cli_json_text (builder, "sha256", hash);
  json_builder_end_object (builder);
}

static void
print_json (EkBundle *bundle, const char *path)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  ek_cli_json_flag (builder, "success", TRUE);
  ek_cli_json_text (builder, "path", path);
  add_optional (builder, "name", ek_bundle_get_name (bundle));
  add_optional (builder, "board", ek_bundle_get_board (bundle));
  add_optional (builder, "version", ek_bundle_get_version (bundle));
  add_optional (builder, "chip", chip_of (bundle));
  json_builder_set_member_name (builder, "segments");
  json_builder_begin_array (builder);
  for (guint i = 0; i < ek_bundle_get_n_segments (bundle); i++)
    add_segment (builder, ek_bundle_get_segment (bundle, i));
  json_builder_end_array (builder);
  ek_cli_json_number (builder, "total_size", ek_bundle_get_total_size (bundle));
  ek_cli_trust_add_json (builder, bundle);
  json_builder_end_object (builder);
  ek_cli_print_json (builder);
}

static void
print_line (const char *title, const char *text)
{
  if (text != NULL)
    printf ("%-11s %s\n", title, text);
}

static void
print_people (EkBundle *bundle, const char *path)
{
  const char *board = ek_bundle_get_board (bundle);
  g_autofree char *signature = ek_cli_trust_describe (bundle);

  print_line (_ ("File:"), path);
  print_line (_ ("Name:"), ek_bundle_get_name (bundle));
  print_line (_ ("Version:"), ek_bundle_get_version (bundle));
  print_line (_ ("Board:"), board != NULL ? ek_board_title (board) : NULL);
  print_line (_ ("Chip:"), chip_of (bundle));
  print_line (_ ("Signature:"), signature);
  for (guint i = 0; i < ek_bundle_get_n_segments (bundle); i++)
    {
      const EkSegment *segment = ek_bundle_get_segment (bundle, i);
      g_autofree char *size =
          g_format_size_full (g_bytes_get_size (segment->data), G_FORMAT_SIZE_IEC_UNITS);

      if (segment->offset == EK_SEGMENT_OFFSET_AUTO)
        printf ("  %-8s  %-16s %s\n", "—", segment->name, size);
      else
        printf ("  0x%06x  %-16s %s\n", segment->offset, segment->name, size);
    }
}

static void
print_bundle (EkBundle *bundle, const char *path)
{
  if (json)
    print_json (bundle, path);
  else
    print_people (bundle, path);
}

/* --- inspect, verify */

static EkBundle *
open_one (char **words, guint n_words, GError **error)
{
  if (n_words != 1)
    {
      usage_error (error, _ ("which file? One, please"));
      return NULL;
    }

  return ek_bundle_new_from_file (words[0], NULL, error);
}

static gboolean
inspect (char **words, guint n_words, GError **error)
{
  g_autoptr (EkBundle) bundle = open_one (words, n_words, error);

  if (bundle == NULL || !ek_cli_trust_check (&trust, bundle, error))
    return FALSE;

  print_bundle (bundle, words[0]);
  return TRUE;
}

static gboolean
verify (char **words, guint n_words, GError **error)
{
  g_autoptr (EkBundle) bundle = open_one (words, n_words, error);
  g_autofree char *signature = NULL;

  if (bundle == NULL || !ek_cli_trust_check (&trust, bundle, error))
    return FALSE;

  if (json)
    {
      print_json (bundle, words[0]);
      return TRUE;
    }
  signature = ek_cli_trust_describe (bundle);
  printf (_ ("%s is complete and undamaged, and %s.\n"), words[0], signature);
  return TRUE;
}

/* --- create, sign */

static gboolean
sign_files (GHashTable *files, GError **error)
{
  g_autoptr (EkSecretKey) secret = ek_cli_key_read (&key, error);

  return secret != NULL &&
         ek_bundle_sign_files (files, secret, comment != NULL ? comment : "EchoKit firmware",
                               error);
}

/* Reads what was made before it is written: nobody gets a bundle that nobody can open. */
static gboolean
save (GHashTable *files, const char *path, GError **error)
{
  g_autoptr (GBytes) packed = ek_archive_pack (files, error);
  g_autoptr (EkBundle) bundle = NULL;

  if (packed == NULL || !(bundle = ek_bundle_new_from_bytes (packed, path, error)) ||
      !ek_cli_write_file (path, packed, G_FILE_SET_CONTENTS_NONE, 0644, error))
    return FALSE;

  print_bundle (bundle, path);
  return TRUE;
}

static EkBundle *
open_files (char **words, guint n_words, GError **error)
{
  g_autoptr (GArray) offsets = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();
  EkBundleOptions options;
  const guint32 *first;

  if (n_words == 0)
    {
      usage_error (error, _ ("which file?"));
      return NULL;
    }
  if (!ek_cli_parse_files (words, n_words, NULL, offsets, paths, error))
    return NULL;

  first = (const guint32 *) (void *) offsets->data;
  if (offsets->len == 1 && first[0] == EK_SEGMENT_OFFSET_AUTO)
    return ek_cli_firmware_read (&firmware, NULL, &options, error)
               ? ek_bundle_new_from_file_with (words[0], &options, NULL, error)
               : NULL;

  return ek_bundle_new_from_files (first, (const char *const *) paths->pdata, paths->len, NULL,
                                   error);
}

static gboolean
check_board (GError **error)
{
  if (description.board == NULL || ek_board_from_alias (description.board) != NULL)
    {
      description.board = ek_board_from_alias (description.board);
      return TRUE;
    }

  g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "there is no board “%s”: diy or box",
               description.board);
  return FALSE;
}

/* The convention of reproducible builds; without it, a bundle bears no time. */
static char *
format_created (void)
{
  const char *epoch = g_getenv ("SOURCE_DATE_EPOCH");
  g_autoptr (GDateTime) time = NULL;
  gint64 seconds;

  if (epoch == NULL || !g_ascii_string_to_signed (epoch, 10, 0, G_MAXINT32, &seconds, NULL))
    return NULL;

  time = g_date_time_new_from_unix_utc (seconds);
  return g_date_time_format_iso8601 (time);
}

static gboolean
create (char **words, guint n_words, GError **error)
{
  g_autoptr (EkBundle) bundle = NULL;
  g_autoptr (GHashTable) files = NULL;
  g_autofree char *created = format_created ();

  description.created = created;
  return check_board (error) && (bundle = open_files (words, n_words, error)) &&
         (files = ek_bundle_write_files (bundle, &description, error)) &&
         (key.path == NULL || sign_files (files, error)) && save (files, output, error);
}

static gboolean
take_file (GHashTable *files, EkFileSet *set, const char *name, GError **error)
{
  GBytes *bytes = ek_file_set_read (set, name, NULL, error);

  if (bytes != NULL)
    g_hash_table_insert (files, g_strdup (name), bytes);
  return bytes != NULL;
}

/* Of a folder only the manifest: what else lies there doesn't concern us. */
static gboolean
take_files (GHashTable *files, EkFileSet *set, GError **error)
{
  g_auto (GStrv) names = NULL;

  if (ek_file_set_is_folder (set))
    return take_file (files, set, MANIFEST, error);
  if (!(names = ek_file_set_list_names (set, NULL, error)))
    return FALSE;

  for (guint i = 0; names[i] != NULL; i++)
    if (!take_file (files, set, names[i], error))
      return FALSE;

  return TRUE;
}

/* In a folder, the signature goes beside the manifest, and nothing else is touched. */
static gboolean
save_signature (GHashTable *files, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, SIGNATURE, NULL);
  g_autoptr (EkBundle) bundle = NULL;

  if (!ek_cli_write_file (path, g_hash_table_lookup (files, SIGNATURE), G_FILE_SET_CONTENTS_DURABLE,
                          0644, error) ||
      !(bundle = ek_bundle_new_from_file (folder, NULL, error)))
    return FALSE;

  print_bundle (bundle, folder);
  return TRUE;
}

/* Only what is a whole bundle is signed. */
static gboolean
sign (char **words, guint n_words, GError **error)
{
  g_autoptr (GHashTable) files =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  g_autoptr (EkFileSet) set = NULL;
  g_autoptr (EkBundle) bundle = open_one (words, n_words, error);

  if (bundle == NULL)
    return FALSE;
  if (!ek_bundle_get_signature (bundle)->signable)
    return usage_error (error, _ ("only flash bundles are signed: make one first"));
  if (!(set = ek_file_set_new_from_path (words[0], NULL, error)))
    return FALSE;
  if (ek_file_set_is_folder (set) && output != NULL)
    return usage_error (error, _ ("a folder is signed where it is, without --output"));
  if (!take_files (files, set, error) || !sign_files (files, error))
    return FALSE;

  return ek_file_set_is_folder (set) ? save_signature (files, words[0], error)
                                     : save (files, output != NULL ? output : words[0], error);
}

/* --- keygen */

static gboolean
keygen (char **words, guint n_words, GError **error)
{
  g_autofree char *text = NULL;

  if (n_words != 0 || public_path == NULL)
    return usage_error (error, _ ("takes --key and --public-key, and no further words"));
  if (!ek_cli_key_create (&key, public_path, error))
    return FALSE;

  if (json)
    {
      g_autoptr (JsonBuilder) builder = json_builder_new ();

      json_builder_begin_object (builder);
      ek_cli_json_flag (builder, "success", TRUE);
      ek_cli_json_text (builder, "secret_key_path", key.path);
      ek_cli_json_text (builder, "public_key_path", public_path);
      json_builder_end_object (builder);
      ek_cli_print_json (builder);
      return TRUE;
    }
  printf (_ ("%s is your secret key: keep it, and show it to nobody.\n"), key.path);
  printf (_ ("%s is for those who install what you sign.\n"), public_path);
  return TRUE;
}

static const Action actions[] = {
  { "create", N_ ("where to? Use --output"), &output, create },
  { "inspect", NULL, NULL, inspect },
  { "verify", NULL, NULL, verify },
  { "sign", N_ ("with which key? Use --key"), &key.path, sign },
  { "keygen", N_ ("into which file? Use --key"), &key.path, keygen },
};

static const Action *
find_action (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (actions); i++)
    if (g_str_equal (actions[i].name, name))
      return &actions[i];

  return NULL;
}

/**
 * ek_cli_bundle:
 *
 * Makes, shows, checks and signs flash bundles.
 */
int
ek_cli_bundle (EkCommandLine *line)
{
  g_autoptr (GOptionContext) context =
      ek_cli_context_new (_ ("create FILE… | inspect FILE | verify FILE | sign FILE | keygen"),
                          _ ("Makes one file with all that goes onto a device, shows it, checks "
                             "it, and signs it."),
                          entries);
  g_autoptr (GError) error = NULL;
  const Action *action;
  int code = ek_cli_parse (line, context, json);

  if (code != EK_EXIT_OK)
    return code;
  if (line->argc < 2 || (action = find_action (line->argv[1])) == NULL)
    return ek_cli_usage_error (line, _ ("create, inspect, verify, sign or keygen?"));
  if (action->needs != NULL && *action->needs == NULL)
    return ek_cli_usage_error (line, _ (action->missing));

  code = ek_cli_trust_apply (&trust, &error) &&
                 action->run (line->argv + 2, (guint) line->argc - 2, &error)
             ? EK_EXIT_OK
             : ek_cli_fail (error, json, FALSE);
  ek_cli_firmware_clear (&firmware);
  return code;
}
