/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linked programs, and the images that are made of them. */
#define G_LOG_DOMAIN "ek-fuzz"
#include "config.h"

#include "fuzz.h"

#include "ek-app-image-elf.h"
#include "ek-elf.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (EkElf) elf = ek_elf_new_from_bytes (bytes, NULL);
  g_autoptr (GBytes) image = NULL;
  EkElfImageOptions options = { .no_description = TRUE };
  const EkImageChip *chips[4];
  const EkImageChip *chip;
  const char *name;
  guint32 offset;

  if (elf == NULL)
    return 0;

  for (guint i = 0; i < ek_elf_get_n_sections (elf); i++)
    fuzz_check (g_utf8_validate (ek_elf_get_section (elf, i)->name, -1, NULL));
  ek_elf_find_symbol (elf, 0x42000000, &name, &offset);
  ek_elf_find_chips (elf, chips, G_N_ELEMENTS (chips));
  image = ek_app_image_new_from_elf (elf, &options, &chip, NULL);
  return 0;
}
