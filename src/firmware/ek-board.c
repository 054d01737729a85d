/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of EchoKits. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-board.h"

#define MIB      (1024u * 1024u)
#define PICTURES "/dev/echokit/Flasher/pictures/"

/* Kits and files as in EchoKit's own list, sockets as its manual names them (buttons-echokit-box.md,
 * echokit_diy.html). The Box's other socket is for power only, the DIY's leads to a USB-UART chip. */
static const EkBoard boards[] = {
  {
      .id = EK_BOARD_BOX,
      .title = "EchoKit Box",
      .short_name = "box",
      .kit = "EchoKit-BOX",
      .file = "echokit_box",
      .chip = "ESP32-S3",
      .flash_size = 16 * MIB,
      .socket = "SLAVE",
      .picture = PICTURES "echokit-box.svg",
  },
  {
      .id = EK_BOARD_DIY,
      .title = "EchoKit DIY",
      .short_name = "diy",
      .kit = "EchoKit-DIY",
      .file = "echokit_boards",
      .chip = "ESP32-S3",
      .flash_size = 16 * MIB,
      .socket = "OTG",
      .picture = PICTURES "echokit-diy.svg",
  },
};

/* What else people call them; "boards" is the name of the DIY's build in EchoKit's source. */
static const struct
{
  const char *alias;
  const char *id;
} aliases[] = {
  { "boards", EK_BOARD_DIY },
};

/**
 * ek_board_get:
 * @index: from 0
 *
 * Returns: (nullable) (transfer none): the board, or %NULL behind the last
 */
const EkBoard *
ek_board_get (guint index)
{
  return index < G_N_ELEMENTS (boards) ? &boards[index] : NULL;
}

/**
 * ek_board_find:
 * @id: (nullable): canonical name, as of ek_board_from_alias()
 *
 * Returns: (nullable) (transfer none): the board
 */
const EkBoard *
ek_board_find (const char *id)
{
  for (gsize i = 0; i < G_N_ELEMENTS (boards); i++)
    if (g_strcmp0 (id, boards[i].id) == 0)
      return &boards[i];

  return NULL;
}

/**
 * ek_board_find_kit:
 * @kit: (nullable): of a firmware list, in any case
 *
 * Returns: (nullable) (transfer none): the EchoKit with that kit's name
 */
const EkBoard *
ek_board_find_kit (const char *kit)
{
  for (gsize i = 0; kit != NULL && i < G_N_ELEMENTS (boards); i++)
    if (g_ascii_strcasecmp (kit, boards[i].kit) == 0)
      return &boards[i];

  return NULL;
}

/**
 * ek_board_title:
 * @id: (nullable): canonical name, as of ek_board_from_alias()
 *
 * Returns: (nullable) (transfer none): the product's name, such as "EchoKit Box"
 */
const char *
ek_board_title (const char *id)
{
  const EkBoard *board = ek_board_find (id);

  return board != NULL ? board->title : NULL;
}

static gboolean
is_name_of (const EkBoard *board, const char *name)
{
  const char *const names[] = { board->id, board->kit, board->title, board->short_name,
                                board->file };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_ascii_strcasecmp (name, names[i]) == 0)
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
    if (is_name_of (&boards[i], name))
      return boards[i].id;

  for (gsize i = 0; i < G_N_ELEMENTS (aliases); i++)
    if (g_ascii_strcasecmp (name, aliases[i].alias) == 0)
      return aliases[i].id;

  return NULL;
}
