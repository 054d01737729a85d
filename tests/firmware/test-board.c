/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EchoKits by all their names. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-board.h"
#include "ek-chip-name.h"

static void
test_titles (void)
{
  g_assert_cmpstr (ek_board_title ("echokit-diy"), ==, "EchoKit DIY");
  g_assert_cmpstr (ek_board_title ("echokit-box"), ==, "EchoKit Box");
  g_assert_null (ek_board_title ("echokit-cube"));
  g_assert_null (ek_board_title (NULL));
}

static void
test_aliases (void)
{
  static const char *const diy[] = { "diy", "boards", "echokit_boards", "EchoKit-DIY",
                                     "echokit-diy" };
  static const char *const box[] = { "box", "echokit_box", "EchoKit-Box", "ECHOKIT-BOX",
                                     "EchoKit Box" };

  for (gsize i = 0; i < G_N_ELEMENTS (diy); i++)
    g_assert_cmpstr (ek_board_from_alias (diy[i]), ==, "echokit-diy");
  for (gsize i = 0; i < G_N_ELEMENTS (box); i++)
    g_assert_cmpstr (ek_board_from_alias (box[i]), ==, "echokit-box");

  g_assert_null (ek_board_from_alias ("cube"));
  g_assert_null (ek_board_from_alias (""));
  g_assert_null (ek_board_from_alias (NULL));
}

/* Names of second-state's echokit.toml; sockets of its manual. */
static void
test_what_owners_see (void)
{
  const EkBoard *box = ek_board_find (EK_BOARD_BOX);
  const EkBoard *diy = ek_board_find (EK_BOARD_DIY);

  g_assert_cmpstr (box->kit, ==, "EchoKit-BOX");
  g_assert_cmpstr (box->file, ==, "echokit_box");
  g_assert_cmpstr (box->socket, ==, "SLAVE");
  g_assert_cmpstr (diy->kit, ==, "EchoKit-DIY");
  g_assert_cmpstr (diy->file, ==, "echokit_boards");
  g_assert_cmpstr (diy->socket, ==, "OTG");
}

static void
test_every_board_is_whole (void)
{
  guint n = 0;

  for (const EkBoard *board; (board = ek_board_get (n)) != NULL; n++)
    {
      g_assert_true (ek_board_find (board->id) == board);
      g_assert_true (ek_board_find_kit (board->kit) == board);
      g_assert_cmpstr (ek_board_from_alias (board->short_name), ==, board->id);
      g_assert_cmpstr (ek_board_from_alias (board->file), ==, board->id);
      g_assert_cmpstr (ek_chip_name_from_exact (board->chip), ==, board->chip);
      g_assert_cmpuint (board->flash_size, ==, 16 * 1024 * 1024);
      g_assert_true (g_str_has_suffix (board->picture, ".svg"));
    }

  g_assert_cmpuint (n, ==, 2);
  g_assert_null (ek_board_get (G_MAXUINT));
}

static void
test_every_board_has_a_drawing (void)
{
  for (guint i = 0; ek_board_get (i) != NULL; i++)
    {
      g_autofree char *name = g_path_get_basename (ek_board_get (i)->picture);
      g_autofree char *path =
          g_build_filename (g_getenv ("EK_SOURCE_DIR"), "data", "pictures", name, NULL);

      g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
    }
}

static void
test_kits (void)
{
  g_assert_cmpstr (ek_board_find_kit ("echokit-box")->id, ==, EK_BOARD_BOX);
  g_assert_null (ek_board_find_kit ("box")); /* anybody's box */
  g_assert_null (ek_board_find_kit (NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/board/titles", test_titles);
  g_test_add_func ("/board/aliases", test_aliases);
  g_test_add_func ("/board/what-owners-see", test_what_owners_see);
  g_test_add_func ("/board/every-board-is-whole", test_every_board_is_whole);
  g_test_add_func ("/board/every-board-has-a-drawing", test_every_board_has_a_drawing);
  g_test_add_func ("/board/kits", test_kits);
  return g_test_run ();
}
