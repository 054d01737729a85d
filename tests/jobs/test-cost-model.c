/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cost model against the arithmetic of esp-protocol facts 7.3. */
#include "config.h"

#include "ek-cost-model.h"

#define SECTOR 0x1000u
#define BLOCK  0x10000u

static EkCostModel
usb (void)
{
  EkCostModel cost;

  ek_cost_model_init (&cost, FALSE, 0, TRUE);
  return cost;
}

/* "rewriting a whole 64 KiB block costs 150 + 256 x 0.4 = 252 ms" */
static void
test_block (void)
{
  EkCostModel cost = usb ();

  g_assert_cmpfloat_with_epsilon (ek_cost_model_write (&cost, 0x210000, BLOCK), 0.252, 0.02);
}

/* "k sectors of it k x (45 + 6.4) ms. So from k = 5 on the whole block is cheaper" */
static void
test_sectors_against_block (void)
{
  EkCostModel cost = usb ();
  double block = ek_cost_model_write (&cost, 0x210000, BLOCK);

  g_assert_cmpfloat_with_epsilon (ek_cost_model_write (&cost, 0x210000, SECTOR), 0.0514, 0.01);
  g_assert_cmpfloat (ek_cost_model_write (&cost, 0x210000, 4 * SECTOR), <, block);
  g_assert_cmpfloat (ek_cost_model_write (&cost, 0x210000, 6 * SECTOR), >, block);
}

/* "6 sectors cost 270 ms, the whole block 150 ms" */
static void
test_erase (void)
{
  EkCostModel cost = usb ();

  g_assert_cmpfloat_with_epsilon (ek_cost_model_erase (&cost, 0, 6 * SECTOR), 0.270, 1e-9);
  g_assert_cmpfloat_with_epsilon (ek_cost_model_erase (&cost, 0, BLOCK), 0.150, 1e-9);
  /* Not aligned to a block: sector by sector up to the border. */
  g_assert_cmpfloat_with_epsilon (ek_cost_model_erase (&cost, 0xf000, SECTOR + BLOCK), 0.195, 1e-9);
}

/* "The EchoKit app is 43 blocks and 10,844 pages: 6.5 s of erasing + 4.3 s of programming" */
static void
test_echokit (void)
{
  EkCostModel cost = usb ();

  g_assert_cmpfloat_with_epsilon (ek_cost_model_write (&cost, 0x210000, 43 * BLOCK), 10.85, 0.3);
}

/* "its 1.70 MB compressed take 18.4 s at 921,600 baud": there the wire decides. */
static void
test_wire_decides_on_a_slow_uart (void)
{
  EkCostModel cost;

  ek_cost_model_init (&cost, TRUE, 921600, TRUE);
  g_assert_cmpfloat_with_epsilon (ek_cost_model_write (&cost, 0x210000, 2774240), 18.6, 0.5);
}

/* The ROM does one thing after the other. */
static void
test_rom_does_not_overlap (void)
{
  EkCostModel stub, rom;

  ek_cost_model_init (&stub, TRUE, 921600, TRUE);
  ek_cost_model_init (&rom, TRUE, 921600, FALSE);
  g_assert_cmpfloat (ek_cost_model_write (&rom, 0, BLOCK), >,
                     ek_cost_model_write (&stub, 0, BLOCK) + 0.2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/cost-model/block", test_block);
  g_test_add_func ("/cost-model/sectors-against-block", test_sectors_against_block);
  g_test_add_func ("/cost-model/erase", test_erase);
  g_test_add_func ("/cost-model/echokit-app-over-usb", test_echokit);
  g_test_add_func ("/cost-model/wire-decides-on-a-slow-uart", test_wire_decides_on_a_slow_uart);
  g_test_add_func ("/cost-model/rom-does-not-overlap", test_rom_does_not_overlap);
  return g_test_run ();
}
