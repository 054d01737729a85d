/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Picks what belongs into an image out of a linked program: by sections, because the program headers
 * of real firmware cover placeholders too. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-app-image-elf.h"

#include "ek-bytes.h"
#include "ek-image-format.h"

#define DEFAULT_FLASH_SIZE (4u * 1024 * 1024)
#define MAX_CHIPS          16

/* In the app description. Source: ESP-IDF esp_app_desc_t. */
#define DESCRIPTION_ELF_SHA256 144
#define DESCRIPTION_PAGE_SIZE  180 /* log2, since ESP-IDF 5.4; 0 before */

/* esp_image_spi_mode_t */
static const char *const flash_modes[] = { "qio", "qout", "dio", "dout" };

/* Initialised arrays of function pointers have types of their own, 14 to 16. */
static gboolean
is_loaded (const EkElfSection *section)
{
  gboolean has_content =
      section->type == EK_ELF_SECTION_PROGBITS || (section->type >= 14 && section->type <= 16);

  return has_content && (section->flags & EK_ELF_FLAG_ALLOC) != 0 && section->address != 0 &&
         section->size > 0;
}

static const EkElfSection *
find_misplaced (EkElf *elf, const EkImageChip *chip)
{
  for (guint i = 0; i < ek_elf_get_n_sections (elf); i++)
    {
      const EkElfSection *section = ek_elf_get_section (elf, i);

      if (is_loaded (section) && !ek_image_chip_holds (chip, section->address, section->size))
        return section;
    }

  return NULL;
}

/* Every program has something in RAM, if only what runs while the flash is busy. It tells chips apart
 * of which one has its flash where another has its memory. */
static gboolean
uses_ram (EkElf *elf, const EkImageChip *chip)
{
  for (guint i = 0; i < ek_elf_get_n_sections (elf); i++)
    {
      const EkElfSection *section = ek_elf_get_section (elf, i);

      if (is_loaded (section) && !ek_image_chip_is_mapped (chip, section->address))
        return TRUE;
    }

  return FALSE;
}

/**
 * ek_elf_find_chips:
 * @chips: (out caller-allocates) (array length=max_chips)
 *
 * Chips whose processor and memory the program fits. Several RISC-V chips have the same map.
 *
 * Returns: how many there are, at most @max_chips
 */
guint
ek_elf_find_chips (EkElf *elf, const EkImageChip **chips, guint max_chips)
{
  const EkImageChip *chip;
  guint n = 0;

  for (guint i = 0; n < max_chips && (chip = ek_image_chip_get_nth (i)) != NULL; i++)
    if (chip->machine == ek_elf_get_machine (elf) && find_misplaced (elf, chip) == NULL &&
        uses_ram (elf, chip))
      chips[n++] = chip;

  return n;
}

static const EkImageChip *
refuse_chips (EkElf *elf, const EkImageChip **chips, guint n, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? " or " : "", chips[i]->name);

  if (n == 0)
    g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_WRONG_CHIP,
                 "The program's addresses fit the memory of no chip that is known here");
  else
    g_set_error (error, EK_ERROR, EK_ERROR_SEVERAL_CHIPS,
                 "The program can be for %s: the chip has to be named", names->str);
  return NULL;
}

static const EkImageChip *
choose_chip (EkElf *elf, const EkImageChip *wanted, GError **error)
{
  const EkImageChip *chips[MAX_CHIPS];
  const EkElfSection *misplaced;

  if (wanted == NULL)
    {
      guint n = ek_elf_find_chips (elf, chips, G_N_ELEMENTS (chips));

      return n == 1 ? chips[0] : refuse_chips (elf, chips, n, error);
    }

  if (wanted->machine != ek_elf_get_machine (elf))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_WRONG_CHIP,
                   "The program is for %s processors, the %s has another",
                   ek_elf_get_machine (elf) == EK_ELF_MACHINE_XTENSA ? "Xtensa" : "RISC-V",
                   wanted->name);
      return NULL;
    }

  misplaced = find_misplaced (elf, wanted);
  if (misplaced != NULL)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_WRONG_CHIP,
                   "Section %s at 0x%08x (0x%x bytes) is outside of the %s's memory",
                   misplaced->name, misplaced->address, misplaced->size, wanted->name);
      return NULL;
    }

  return wanted;
}

static GArray *
collect_sections (EkElf *elf)
{
  GArray *sections = g_array_new (FALSE, FALSE, sizeof (EkImageSection));
  GBytes *bytes = ek_elf_get_bytes (elf);
  const guint8 *start = g_bytes_get_data (bytes, NULL);

  for (guint i = 0; i < ek_elf_get_n_sections (elf); i++)
    {
      const EkElfSection *section = ek_elf_get_section (elf, i);
      EkImageSection ours = { .address = section->address };

      if (!is_loaded (section))
        continue;
      ours.data = g_bytes_new_from_bytes (bytes, (gsize) (section->data - start), section->size);
      g_array_append_val (sections, ours);
    }

  return sections;
}

static void
free_sections (GArray *sections)
{
  for (guint i = 0; i < sections->len; i++)
    g_bytes_unref (g_array_index (sections, EkImageSection, i).data);
  g_array_unref (sections);
}

/* The one in flash: a program that is loaded into RAM may have one as well, which nobody reads. */
static EkImageSection *
find_description (GArray *sections, const EkImageChip *chip)
{
  for (guint i = 0; i < sections->len; i++)
    {
      EkImageSection *section = &g_array_index (sections, EkImageSection, i);
      gsize size;
      const guint8 *data = g_bytes_get_data (section->data, &size);

      if (size >= EK_APP_DESC_SIZE && ek_get_u32 (data) == EK_APP_DESC_MAGIC &&
          ek_image_chip_is_mapped (chip, section->address))
        return section;
    }

  return NULL;
}

/* The compiler leaves it empty: the file's hash can't be in the file. */
static void
fill_in_hash (EkImageSection *description, EkElf *elf)
{
  gsize size = g_bytes_get_size (description->data);
  guint8 *data = g_memdup2 (g_bytes_get_data (description->data, NULL), size);

  memcpy (data + DESCRIPTION_ELF_SHA256, ek_elf_get_sha256 (elf), EK_IMAGE_HASH_SIZE);
  g_bytes_unref (description->data);
  description->data = g_bytes_new_take (data, size);
}

/* Before ESP-IDF 5.4 the description doesn't say it, but it stands at the start of a page, behind
 * the headers of image and segment. */
static guint32
infer_page_size (const EkImageSection *description, const EkImageChip *chip)
{
  for (guint i = 0; i < G_N_ELEMENTS (chip->page_sizes) && chip->page_sizes[i] != 0; i++)
    if ((description->address - EK_APP_DESC_OFFSET) % chip->page_sizes[i] == 0)
      return chip->page_sizes[i];

  return 0;
}

static guint32
described_page_size (const EkImageSection *description, const EkImageChip *chip)
{
  const guint8 *data;
  guint8 log2;

  if (description == NULL)
    return chip->page_sizes[0];

  data = g_bytes_get_data (description->data, NULL);
  log2 = data[DESCRIPTION_PAGE_SIZE];
  if (log2 == 0)
    return infer_page_size (description, chip);

  return log2 < 31 ? 1u << log2 : 0;
}

static gboolean
choose_page_size (const EkElfImageOptions *options,
                  const EkImageSection *description,
                  const EkImageChip *chip,
                  guint32 *page_size,
                  GError **error)
{
  *page_size = options->mmu_page_size;
  if (*page_size == 0)
    *page_size = described_page_size (description, chip);

  if (ek_image_chip_has_page_size (chip, *page_size))
    return TRUE;

  if (options->mmu_page_size != 0)
    g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
                 "The %s does not map flash in pages of %u bytes", chip->name, *page_size);
  else
    g_set_error (error, EK_ERROR, EK_ERROR_FIRMWARE_DAMAGED,
                 "The app description at 0x%08x fits no size of page in which the %s maps flash",
                 description->address, chip->name);
  return FALSE;
}

static gboolean
choose_flash (const EkElfImageOptions *options,
              const EkImageChip *chip,
              EkImageOptions *image,
              GError **error)
{
  guint megahertz = options->flash_frequency != 0 ? options->flash_frequency : chip->frequencies[0];

  image->flash_size = options->flash_size != 0 ? options->flash_size : DEFAULT_FLASH_SIZE;
  image->flash_mode = EK_FLASH_MODE_DIO;
  if (options->flash_mode != NULL &&
      !ek_flash_mode_from_name (options->flash_mode, &image->flash_mode))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
                   "“%s” is no flash mode: qio, qout, dio or dout", options->flash_mode);
      return FALSE;
    }

  if (!ek_image_chip_frequency_to_nibble (chip, megahertz, &image->flash_frequency))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
                   "The %s's flash does not run at %u MHz", chip->name, megahertz);
      return FALSE;
    }

  return TRUE;
}

static GBytes *
build (EkElf *elf,
       GArray *sections,
       const EkElfImageOptions *options,
       const EkImageChip *chip,
       GError **error)
{
  EkImageSection *description = find_description (sections, chip);
  EkImageOptions image = {
    .chip_id = chip->image_chip_id,
    .entry = ek_elf_get_entry (elf),
    .min_revision = options->min_revision,
    .max_revision = chip->max_revision,
    .mapped_start = chip->mapped[0].start,
    .mapped_end = chip->mapped[0].end,
    .mapped2_start = chip->mapped[1].start,
    .mapped2_end = chip->mapped[1].end,
  };

  if (sections->len == 0)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE,
                   "The ELF file has no section that would be loaded");
      return NULL;
    }

  if (description == NULL && !options->no_description)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_NOT_FIRMWARE,
                   "The ELF file has no app description (esp_app_desc): no boot loader of ESP-IDF "
                   "starts such a program");
      return NULL;
    }

  if (!choose_page_size (options, description, chip, &image.mmu_page_size, error) ||
      !choose_flash (options, chip, &image, error))
    return NULL;

  if (description != NULL)
    fill_in_hash (description, elf);
  return ek_app_image_build ((const EkImageSection *) (gpointer) sections->data, sections->len,
                             &image, error);
}

/**
 * ek_flash_mode_from_name:
 * @name: "qio", "qout", "dio" or "dout", in any case
 * @mode: (out): byte 2 of an image
 *
 * Returns: %FALSE for any other name
 */
gboolean
ek_flash_mode_from_name (const char *name, guint8 *mode)
{
  g_return_val_if_fail (name != NULL && mode != NULL, FALSE);

  for (guint8 i = 0; i < G_N_ELEMENTS (flash_modes); i++)
    if (g_ascii_strcasecmp (flash_modes[i], name) == 0)
      {
        *mode = i;
        return TRUE;
      }

  return FALSE;
}

/**
 * ek_flash_mode_name:
 *
 * Returns: (nullable) (transfer none): such as "dio"; %NULL for a value without a name
 */
const char *
ek_flash_mode_name (guint8 mode)
{
  return mode < G_N_ELEMENTS (flash_modes) ? flash_modes[mode] : NULL;
}

/**
 * ek_app_image_new_from_elf:
 * @options: (nullable): %NULL for all defaults
 * @chip: (out) (optional): what the image is for
 *
 * Converts a program as espflash's save-image does: the loaded sections that have content, merged and
 * aligned; the file's SHA-256 goes into the app description. Writes no file.
 *
 * Source: ESP-IDF "App Image Format"; the same bytes as espflash 4.7.0 makes of EchoKit's files.
 *
 * Returns: (transfer full): the image, or %NULL with %EK_ERROR_FIRMWARE_WRONG_CHIP (addresses or
 *   processor), %EK_ERROR_NOT_FIRMWARE (nothing to load, no app description),
 *   %EK_ERROR_FIRMWARE_DAMAGED (sections that overlap or can't be mapped), %EK_ERROR_SEVERAL_CHIPS
 *   (none was named) or %EK_ERROR_INVALID_ARGUMENT (an option that the chip doesn't have)
 */
GBytes *
ek_app_image_new_from_elf (EkElf *elf,
                           const EkElfImageOptions *options,
                           const EkImageChip **chip,
                           GError **error)
{
  static const EkElfImageOptions defaults = { 0 };
  const EkImageChip *chosen;
  GArray *sections;
  GBytes *image;

  g_return_val_if_fail (EK_IS_ELF (elf), NULL);

  if (options == NULL)
    options = &defaults;
  if (!(chosen = choose_chip (elf, options->chip, error)))
    return NULL;

  sections = collect_sections (elf);
  image = build (elf, sections, options, chosen, error);
  free_sections (sections);
  if (chip != NULL)
    *chip = chosen;
  return image;
}
