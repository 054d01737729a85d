/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The builds that EchoKit has published, from the history of its site, and the names of its
 * boards. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-known-build.h"

#include <string.h>

#define BOARD_DIY "echokit-diy"
#define BOARD_BOX "echokit-box"

/* The boot log prints the hash's first 9 hex digits, of which 8 make whole bytes. */
#define MIN_PREFIX 4

static const EkKnownBuild known_builds[] = {
  { { 0x46, 0x39, 0x93, 0x8e, 0xa2, 0x66, 0x1f, 0xe9 }, BOARD_DIY, "v0.2.1" },
  { { 0x06, 0x00, 0x49, 0x3a, 0xc8, 0x69, 0xb4, 0x8f }, BOARD_DIY, "v0.2.2" },
  { { 0x6b, 0x94, 0x6c, 0x3b, 0x18, 0x05, 0xdd, 0xd1 }, BOARD_DIY, "v0.2.2" },
  { { 0xb6, 0x20, 0x18, 0x45, 0x96, 0x02, 0xb9, 0x1d }, BOARD_DIY, "v0.3.0" },
  { { 0x4c, 0xd4, 0x5d, 0xf2, 0x42, 0x40, 0x76, 0xd2 }, BOARD_DIY, "v0.3.1" },
  { { 0x90, 0x6c, 0xc3, 0xa5, 0x68, 0x10, 0xc9, 0x04 }, BOARD_DIY, "2c9bf9f" },
  { { 0x4b, 0x08, 0x14, 0x6a, 0xd4, 0x56, 0xfc, 0x9b }, BOARD_BOX, "v0.2.1" },
  { { 0xc6, 0x01, 0xd2, 0x7c, 0xd2, 0x24, 0x95, 0x5d }, BOARD_BOX, "v0.2.2" },
  { { 0x9e, 0x7d, 0x76, 0xfb, 0x9f, 0xd6, 0xbf, 0xbf }, BOARD_BOX, "v0.2.2" },
  { { 0x71, 0xb8, 0x99, 0xa4, 0x5c, 0xd0, 0xf9, 0x9d }, BOARD_BOX, "v0.3.0" },
  { { 0x3c, 0x2b, 0xbe, 0x8c, 0x2e, 0x36, 0x57, 0xe0 }, BOARD_BOX, "v0.3.1" },
  { { 0xec, 0xdf, 0x04, 0x46, 0xda, 0x24, 0x85, 0x48 }, BOARD_BOX, "v0.2.0-19-g501e6b2" },
  { { 0xf2, 0x86, 0xce, 0x21, 0xde, 0x16, 0xb0, 0x44 }, BOARD_BOX, "v0.2.0-19-g501e6b2-dirty" },
  { { 0x58, 0xe7, 0x50, 0xa2, 0xc6, 0x3b, 0xcf, 0x90 }, BOARD_BOX, "2c9bf9f" },
  { { 0x44, 0x41, 0x7a, 0x7d, 0xa7, 0xdf, 0x86, 0x17 }, BOARD_BOX, "5ae0f37-dirty" },
};

static const struct
{
  const char *board;
  const char *title;
  const char *aliases[4]; /* lower case; also what the published files are called */
} boards[] = {
  { BOARD_DIY, "EchoKit DIY", { "diy", "boards", "echokit_boards" } },
  { BOARD_BOX, "EchoKit Box", { "box", "echokit_box" } },
};

/**
 * ek_known_build_find:
 * @elf_sha256: (array length=n_bytes): the start of an ELF's SHA-256, raw
 * @n_bytes: 4 or more; at most 8 are compared
 *
 * Returns: (nullable) (transfer none): the published build with that hash
 */
const EkKnownBuild *
ek_known_build_find (const guint8 *elf_sha256, gsize n_bytes)
{
  g_return_val_if_fail (elf_sha256 != NULL, NULL);

  if (n_bytes < MIN_PREFIX)
    return NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (known_builds); i++)
    {
      const EkKnownBuild *build = &known_builds[i];

      if (memcmp (build->sha256_prefix, elf_sha256, MIN (n_bytes, sizeof build->sha256_prefix)) ==
          0)
        return build;
    }

  return NULL;
}

/**
 * ek_board_title:
 * @board: (nullable): canonical name, as of ek_board_from_alias()
 *
 * Returns: (nullable) (transfer none): the product's name, such as "EchoKit Box"
 */
const char *
ek_board_title (const char *board)
{
  for (gsize i = 0; i < G_N_ELEMENTS (boards); i++)
    if (g_strcmp0 (board, boards[i].board) == 0)
      return boards[i].title;

  return NULL;
}

static gboolean
is_name_of_board (gsize index, const char *name)
{
  if (g_ascii_strcasecmp (name, boards[index].board) == 0)
    return TRUE;

  for (guint i = 0; boards[index].aliases[i] != NULL; i++)
    if (g_ascii_strcasecmp (name, boards[index].aliases[i]) == 0)
      return TRUE;

  return FALSE;
}

/**
 * ek_board_from_alias:
 * @name: (nullable): what people and file names call a board, in any case
 *
 * Returns: (nullable) (transfer none): "echokit-diy", "echokit-box" or %NULL
 */
const char *
ek_board_from_alias (const char *name)
{
  if (name == NULL)
    return NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (boards); i++)
    if (is_name_of_board (i, name))
      return boards[i].board;

  return NULL;
}
