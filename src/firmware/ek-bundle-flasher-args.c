/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bundle from a build folder of ESP-IDF, or an archive of one: flasher_args.json says which files go
 * where. Source: ESP-IDF components/esptool_py/flasher_args.json.in; IDF 6 writes the options with
 * hyphens instead of underscores. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include <string.h>

#include "ek-bundle-private.h"
#include "ek-json.h"

#define MIB (1024u * 1024)

/* Booleans are words in quotes, in some places and versions. */
static gboolean
is_true (JsonObject *object, const char *name)
{
  const char *text = ek_json_get_text (object, name);

  return ek_json_get_boolean (object, name) ||
         (text != NULL && g_ascii_strcasecmp (text, "true") == 0);
}

/* Beside flash_files there is an object for each file. One that the chip would have to encrypt as it
 * is written needs a key that we don't have. */
static gboolean
check_encryption (EkBundle *self, JsonObject *root, GError **error)
{
  g_autoptr (GList) names = json_object_get_members (root);

  for (GList *l = names; l != NULL; l = l->next)
    {
      JsonObject *entry = ek_json_get_object (root, l->data);

      if (entry == NULL || !is_true (entry, "encrypted"))
        continue;
      g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE,
                   "%s: \"%s\" has to be encrypted as it is written: not supported", self->source,
                   (const char *) l->data);
      return FALSE;
    }

  return TRUE;
}

static gboolean
read_files (EkFileSet *set,
            JsonObject *flash_files,
            GArray *files,
            GCancellable *cancellable,
            GError **error)
{
  g_autoptr (GList) offsets = json_object_get_members (flash_files);

  if (offsets == NULL)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE, "flasher_args.json lists no files");
      return FALSE;
    }

  for (GList *l = offsets; l != NULL; l = l->next)
    {
      const char *path = ek_json_get_text (flash_files, l->data);
      const char *text = l->data;
      gboolean hex = g_ascii_strncasecmp (text, "0x", 2) == 0;
      guint64 offset;

      if (path == NULL || !g_ascii_string_to_unsigned (hex ? text + 2 : text, hex ? 16 : 10, 0,
                                                       G_MAXUINT32, &offset, NULL))
        {
          g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                       "flasher_args.json: \"%.40s\" is no offset, or has no file", text);
          return FALSE;
        }
      if (!ek_placed_files_read (files, set, (guint32) offset, path, cancellable, error))
        return FALSE;
    }

  return TRUE;
}

/* What follows "--flash_size" or "--flash-size" in the list of words. */
static const char *
find_argument (JsonObject *root)
{
  JsonArray *words = ek_json_get_array (root, "write_flash_args");

  for (guint i = 0; words != NULL && i + 1 < json_array_get_length (words); i++)
    {
      const char *word = ek_json_array_get_text (words, i);

      if (word != NULL &&
          (g_str_equal (word, "--flash_size") || g_str_equal (word, "--flash-size")))
        return ek_json_array_get_text (words, i + 1);
    }

  return NULL;
}

static const char *
find_flash_size (JsonObject *root)
{
  JsonObject *settings = ek_json_get_object (root, "flash_settings");
  const char *size = settings != NULL ? ek_json_get_text (settings, "flash_size") : NULL;

  return size != NULL ? size : find_argument (root);
}

/* The boot loader's header tells the firmware how large the flash is: what the build says, or what the
 * device has ("detect"), or what is there already ("keep"). */
static gboolean
apply_flash_size (EkBundle *self, JsonObject *root, GError **error)
{
  const char *text = find_flash_size (root);
  EkSegment *bootloader = (EkSegment *) ek_bundle_find_kind (self, EK_SEGMENT_BOOTLOADER);
  g_autofree char *digits = NULL;
  guint64 number;

  if (text == NULL || bootloader == NULL || g_ascii_strcasecmp (text, "keep") == 0)
    return TRUE;
  if (g_ascii_strcasecmp (text, "detect") == 0)
    {
      bootloader->any_flash_size = TRUE;
      return TRUE;
    }

  digits = g_strndup (text, strlen (text) - MIN (strlen (text), 2));
  if (!g_str_has_suffix (text, "MB") ||
      !g_ascii_string_to_unsigned (digits, 10, 1, 128, &number, NULL))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                   "flasher_args.json: \"%.40s\" is no size of a flash", text);
      return FALSE;
    }

  return ek_bundle_set_flash_size (self, (guint32) number * MIB, error);
}

/**
 * ek_bundle_read_flasher_args:
 * @set: the build folder; the files may be in folders of it
 * @root: of flasher_args.json
 *
 * Takes every file that `idf.py flash` would write. Settings among them give way to the owner's.
 *
 * Returns: %FALSE with %EK_ERROR_FIRMWARE_DAMAGED, %EK_ERROR_NOT_FIRMWARE (no files, encryption),
 *   %EK_ERROR_FIRMWARE_OVERLAP, %EK_ERROR_FIRMWARE_WRONG_CHIP, %EK_ERROR_INVALID_ARGUMENT (an offset),
 *   or what reading the files gives
 */
gboolean
ek_bundle_read_flasher_args (EkBundle *self,
                             EkFileSet *set,
                             GBytes *text,
                             JsonObject *root,
                             GCancellable *cancellable,
                             GError **error)
{
  g_autoptr (GArray) files = ek_placed_files_new ();
  JsonObject *flash_files = ek_json_get_object (root, "flash_files");
  JsonObject *extra = ek_json_get_object (root, "extra_esptool_args");
  const char *chip = extra != NULL ? ek_json_get_text (extra, "chip") : NULL;

  if (flash_files == NULL)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                   "flasher_args.json: flash_files is no object");
      return FALSE;
    }

  if (!check_encryption (self, root, error) ||
      !read_files (set, flash_files, files, cancellable, error) ||
      !ek_bundle_add_placed_files (self, files, error) ||
      (chip != NULL && !ek_bundle_set_chip (self, chip, error)))
    return FALSE;

  ek_bundle_note_completeness (self);
  return apply_flash_size (self, root, error);
}
