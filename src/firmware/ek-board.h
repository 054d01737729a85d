/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The EchoKits there are, by the names that people, files and firmware lists give them. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define EK_BOARD_BOX "echokit-box"
#define EK_BOARD_DIY "echokit-diy"

/**
 * EkBoard:
 * @id: %EK_BOARD_BOX or %EK_BOARD_DIY
 * @title: the product's name, the same in all languages
 * @short_name: what to type on a command line
 * @kit: its name in ESP Launchpad lists
 * @file: what its published files are called, without ".bin"
 * @chip: as EkChip has it
 * @flash_size: bytes of flash memory of every board sold
 * @socket: printed beside the USB socket that leads to the chip
 * @picture: a drawing, by its resource path
 */
typedef struct
{
  const char *id;
  const char *title;
  const char *short_name;
  const char *kit;
  const char *file;
  const char *chip;
  guint32 flash_size;
  const char *socket;
  const char *picture;
} EkBoard;

const EkBoard *ek_board_get (guint index);
const EkBoard *ek_board_find (const char *id);
const EkBoard *ek_board_find_kit (const char *kit);
const char *ek_board_title (const char *id);
const char *ek_board_from_alias (const char *name);

G_END_DECLS
