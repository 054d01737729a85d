/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An entry of a firmware list. A reader fills it in, closes it, and from then on it does not
 * change. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-catalog-private.h"
#include "ek-chip-name.h"
#include "ek-error.h"

enum
{
  PROP_0,
  PROP_KEY,
  PROP_TITLE,
  PROP_DESCRIPTION,
  PROP_CHIP,
  PROP_PROBLEM,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (EkCatalogEntry, ek_catalog_entry, G_TYPE_OBJECT)

static void
file_free (EkCatalogFile *self)
{
  g_strfreev (self->urls);
  g_free (self);
}

static void
ek_catalog_entry_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  EkCatalogEntry *self = EK_CATALOG_ENTRY (object);

  switch (id)
    {
    case PROP_KEY:
      g_value_set_string (value, self->key);
      break;
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_DESCRIPTION:
      g_value_set_string (value, self->description);
      break;
    case PROP_CHIP:
      g_value_set_string (value, self->chip);
      break;
    case PROP_PROBLEM:
      g_value_set_string (value, self->problem);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ek_catalog_entry_finalize (GObject *object)
{
  EkCatalogEntry *self = EK_CATALOG_ENTRY (object);
  char **const texts[] = { &self->key,         &self->app,          &self->title,
                           &self->description, &self->version,      &self->chip_label,
                           &self->kit,         &self->variant,      &self->problem,
                           &self->readme_text, &self->setup_payload };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_clear_pointer (texts[i], g_free);
  for (guint i = 0; i < EK_CATALOG_N_LINKS; i++)
    g_clear_pointer (&self->links[i], g_free);
  g_clear_pointer (&self->files, g_ptr_array_unref);
  G_OBJECT_CLASS (ek_catalog_entry_parent_class)->finalize (object);
}

static void
ek_catalog_entry_class_init (EkCatalogEntryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = ek_catalog_entry_get_property;
  object_class->finalize = ek_catalog_entry_finalize;

  properties[PROP_KEY] = g_param_spec_string ("key", NULL, NULL, NULL, flags);
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  properties[PROP_DESCRIPTION] = g_param_spec_string ("description", NULL, NULL, NULL, flags);
  properties[PROP_CHIP] = g_param_spec_string ("chip", NULL, NULL, NULL, flags);
  properties[PROP_PROBLEM] = g_param_spec_string ("problem", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
ek_catalog_entry_init (EkCatalogEntry *self)
{
  self->files = g_ptr_array_new_with_free_func ((GDestroyNotify) file_free);
  self->baud = EK_CATALOG_CONSOLE_BAUD;
}

/**
 * ek_catalog_entry_new:
 * @app: as the list has it
 *
 * Returns: (transfer full): an entry for a reader to fill in
 */
EkCatalogEntry *
ek_catalog_entry_new (const char *app)
{
  EkCatalogEntry *self = g_object_new (EK_TYPE_CATALOG_ENTRY, NULL);

  self->app = g_strdup (app);
  return self;
}

/**
 * ek_catalog_entry_set_chip:
 * @label: as the list has it; an unknown or unsupported one makes the entry a broken one
 */
void
ek_catalog_entry_set_chip (EkCatalogEntry *self, const char *label)
{
  self->chip_label = g_strdup (label);
  self->chip = ek_chip_name_from_label (label);
  if (self->chip == NULL)
    ek_catalog_entry_set_problem (self, "\"%.100s\" is no chip that we know", label);
  else if (!ek_chip_name_is_supported (self->chip))
    ek_catalog_entry_set_problem (self, "the chip %s is not supported", self->chip);
}

/**
 * ek_catalog_entry_set_kit:
 */
void
ek_catalog_entry_set_kit (EkCatalogEntry *self, const char *kit)
{
  self->kit = g_strdup (kit);
}

/**
 * ek_catalog_entry_take_file:
 * @urls: (transfer full):
 */
void
ek_catalog_entry_take_file (EkCatalogEntry *self, guint32 offset, char **urls)
{
  EkCatalogFile *file = g_new0 (EkCatalogFile, 1);

  file->offset = offset;
  file->urls = urls;
  g_ptr_array_add (self->files, file);
}

/**
 * ek_catalog_entry_set_problem:
 *
 * Says why the entry can't be installed. The first reason stays.
 */
void
ek_catalog_entry_set_problem (EkCatalogEntry *self, const char *format, ...)
{
  va_list args;

  if (self->problem != NULL)
    return;

  va_start (args, format);
  self->problem = g_strdup_vprintf (format, args);
  va_end (args);
}

/* An EchoKit is one only with an EchoKit's chip. */
static const EkBoard *
find_board (EkCatalogEntry *self)
{
  const EkBoard *board = ek_board_find_kit (self->kit);

  return board != NULL && g_strcmp0 (board->chip, self->chip) == 0 ? board : NULL;
}

static char *
make_title (EkCatalogEntry *self)
{
  if (self->board != NULL)
    return g_strdup (self->board->title);
  if (self->kit != NULL && !g_str_equal (self->kit, self->app))
    return g_strdup_printf ("%s (%s)", self->app, self->kit);
  return g_strdup (self->app);
}

/* Parts are escaped, so that no two entries have the same key by what is in their names. */
static char *
make_key (EkCatalogEntry *self, const char *location)
{
  const char *const parts[] = { self->app, self->chip_label, self->kit, self->variant };
  GString *key = g_string_new (location);
  gsize n = G_N_ELEMENTS (parts);

  while (n > 1 && parts[n - 1] == NULL)
    n--;

  for (gsize i = 0; i < n; i++)
    {
      g_string_append_c (key, i == 0 ? '#' : '/');
      if (parts[i] != NULL)
        g_string_append_uri_escaped (key, parts[i], NULL, FALSE);
    }

  return g_string_free (key, FALSE);
}

/**
 * ek_catalog_entry_close:
 * @location: of the list
 *
 * Makes what follows from the rest: board, title and key. A broken entry has no files.
 */
void
ek_catalog_entry_close (EkCatalogEntry *self, const char *location)
{
  self->board = find_board (self);
  self->title = make_title (self);
  self->key = make_key (self, location);
  if (self->problem == NULL && self->files->len == 0)
    ek_catalog_entry_set_problem (self, "it names no file");
  if (self->problem != NULL)
    g_ptr_array_set_size (self->files, 0);
}

/**
 * ek_catalog_entry_get_key:
 *
 * Returns: (transfer none): what tells this entry from all others of all lists, and stays the same
 *   when its list is read again: the list's address, app, chip and kit
 */
const char *
ek_catalog_entry_get_key (EkCatalogEntry *self)
{
  g_return_val_if_fail (EK_IS_CATALOG_ENTRY (self), NULL);
  return self->key;
}

/**
 * ek_catalog_entry_get_app:
 *
 * Returns: (transfer none): the name in the list
 */
const char *
ek_catalog_entry_get_app (EkCatalogEntry *self)
{
  g_return_val_if_fail (EK_IS_CATALOG_ENTRY (self), NULL);
  return self->app;
}

/**
 * ek_catalog_entry_get_title:
 *
 * Returns: (transfer none): the name for people: of the product if it is an EchoKit, else app and kit
 */
const char *
ek_catalog_entry_get_title (EkCatalogEntry *self)
{
  g_return_val_if_fail (EK_IS_CATALOG_ENTRY (self), NULL);
  return self->title;
}

/**
 * ek_catalog_entry_get_description:
 *
 * Returns: (nullable) (transfer none): a sentence or two, not empty
 */
const char *
ek_catalog_entry_get_description (EkCatalogEntry *self)
{
  g_return_val_if_fail (EK_IS_CATALOG_ENTRY (self), NULL);
  return self->description;
}

/**
 * ek_catalog_entry_get_version:
 *
 * Returns: (nullable) (transfer none): of an ESP Web Tools manifest; ESP Launchpad lists have none,
 *   there the image itself knows
 */
const char *
ek_catalog_entry_get_version (EkCatalogEntry *self)
{
  g_return_val_if_fail (EK_IS_CATALOG_ENTRY (self), NULL);
  return self->version;
}

/**
 * ek_catalog_entry_get_chip:
 *
 * Returns: (nullable) (transfer none): as EkChip has it, such as "ESP32-S3"; %NULL if unknown
 */
const char *
ek_catalog_entry_get_chip (EkCatalogEntry *self)
{
  g_return_val_if_fail (EK_IS_CATALOG_ENTRY (self), NULL);
  return self->chip;
}

/**
 * ek_catalog_entry_get_chip_label:
 *
 * Returns: (nullable) (transfer none): the chip as the list spells it
 */
const char *
ek_catalog_entry_get_chip_label (EkCatalogEntry *self)
{
  g_return_val_if_fail (EK_IS_CATALOG_ENTRY (self), NULL);
  return self->chip_label;
}

/**
 * ek_catalog_entry_get_kit:
 *
 * Returns: (nullable) (transfer none): the development kit as the list spells it
 */
const char *
ek_catalog_entry_get_kit (EkCatalogEntry *self)
{
  g_return_val_if_fail (EK_IS_CATALOG_ENTRY (self), NULL);
  return self->kit;
}

/**
 * ek_catalog_entry_get_variant:
 *
 * Returns: (nullable) (transfer none): what a manifest says of the device's USB: "cdc" for the chip's
 *   own, "uart" for a chip in front of it
 */
const char *
ek_catalog_entry_get_variant (EkCatalogEntry *self)
{
  g_return_val_if_fail (EK_IS_CATALOG_ENTRY (self), NULL);
  return self->variant;
}

/**
 * ek_catalog_entry_get_board:
 *
 * Returns: (nullable) (transfer none): the EchoKit it is for, if it is for one
 */
const EkBoard *
ek_catalog_entry_get_board (EkCatalogEntry *self)
{
  g_return_val_if_fail (EK_IS_CATALOG_ENTRY (self), NULL);
  return self->board;
}

/**
 * ek_catalog_entry_get_console_baud:
 *
 * Returns: bits per second at which the firmware talks once it runs; 115200 if the list says nothing
 */
guint
ek_catalog_entry_get_console_baud (EkCatalogEntry *self)
{
  g_return_val_if_fail (EK_IS_CATALOG_ENTRY (self), 0);
  return self->baud;
}

/**
 * ek_catalog_entry_get_link:
 *
 * Returns: (nullable) (transfer none): an http or https URL
 */
const char *
ek_catalog_entry_get_link (EkCatalogEntry *self, EkCatalogLink link)
{
  g_return_val_if_fail (EK_IS_CATALOG_ENTRY (self), NULL);
  g_return_val_if_fail (link < EK_CATALOG_N_LINKS, NULL);
  return self->links[link];
}

/**
 * ek_catalog_entry_get_readme_text:
 *
 * Returns: (nullable) (transfer none): Markdown, where the list has the text itself instead of a link
 */
const char *
ek_catalog_entry_get_readme_text (EkCatalogEntry *self)
{
  g_return_val_if_fail (EK_IS_CATALOG_ENTRY (self), NULL);
  return self->readme_text;
}

/**
 * ek_catalog_entry_get_setup_payload:
 *
 * Returns: (nullable) (transfer none): what a QR code for setting the device up contains
 */
const char *
ek_catalog_entry_get_setup_payload (EkCatalogEntry *self)
{
  g_return_val_if_fail (EK_IS_CATALOG_ENTRY (self), NULL);
  return self->setup_payload;
}

/**
 * ek_catalog_entry_get_n_files:
 *
 * Returns: 1 or more; 0 for a broken entry
 */
guint
ek_catalog_entry_get_n_files (EkCatalogEntry *self)
{
  g_return_val_if_fail (EK_IS_CATALOG_ENTRY (self), 0);
  return self->files->len;
}

/**
 * ek_catalog_entry_get_file:
 *
 * Returns: (transfer none): the file, in the list's order
 */
const EkCatalogFile *
ek_catalog_entry_get_file (EkCatalogEntry *self, guint index)
{
  g_return_val_if_fail (EK_IS_CATALOG_ENTRY (self), NULL);
  g_return_val_if_fail (index < self->files->len, NULL);
  return g_ptr_array_index (self->files, index);
}

/**
 * ek_catalog_entry_get_problem:
 *
 * Returns: (nullable) (transfer none): why it can't be installed, technical English; %NULL if it can
 */
const char *
ek_catalog_entry_get_problem (EkCatalogEntry *self)
{
  g_return_val_if_fail (EK_IS_CATALOG_ENTRY (self), NULL);
  return self->problem;
}

/**
 * ek_catalog_entry_check:
 *
 * Returns: %FALSE with %EK_ERROR_CATALOG_ENTRY if it can't be installed
 */
gboolean
ek_catalog_entry_check (EkCatalogEntry *self, GError **error)
{
  g_return_val_if_fail (EK_IS_CATALOG_ENTRY (self), FALSE);

  if (self->problem == NULL)
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_CATALOG_ENTRY, "%s: %s", self->title, self->problem);
  return FALSE;
}
