/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of adapters against the USB ids and speeds that are published for them. */
#include "config.h"

#include "ek-adapter.h"

static void
test_knows_the_ports_of_echokits (void)
{
  /* esp-protocol facts 1.5, 7.3 and 9.2 */
  static const struct
  {
    guint16 vid, pid;
    EkPortKind kind;
    guint max_baud;
  } rows[] = {
    { 0x303a, 0x1001, EK_PORT_KIND_USB_SERIAL_JTAG, 0 },
    { 0x303a, 0x0009, EK_PORT_KIND_USB_OTG, 0 },
    { 0x303a, 0x0002, EK_PORT_KIND_USB_OTG, 0 },
    { 0x1a86, 0x55d3, EK_PORT_KIND_UART, 6000000 },
    { 0x1a86, 0x7523, EK_PORT_KIND_UART, 2000000 },
    { 0x0403, 0x6001, EK_PORT_KIND_UART, 3000000 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const EkAdapter *adapter = ek_adapter_find (rows[i].vid, rows[i].pid);

      g_assert_nonnull (adapter);
      g_assert_cmpint (adapter->kind, ==, rows[i].kind);
      g_assert_cmpuint (adapter->max_baud, ==, rows[i].max_baud);
      g_assert_nonnull (adapter->name);
    }
}

/* A CP2102 does 1 Mbaud and has the ids of a CP2102N: nothing faster may be the first try. */
static void
test_does_not_ask_too_much_of_a_cp210x (void)
{
  const EkAdapter *adapter = ek_adapter_find (0x10c4, 0xea60);

  g_assert_nonnull (adapter);
  g_assert_cmpuint (adapter->max_baud, >=, 460800);
  g_assert_cmpuint (adapter->max_baud, <=, 1000000);
}

static void
test_takes_other_espressif_devices_for_usb (void)
{
  const EkAdapter *adapter = ek_adapter_find (0x303a, 0x4001);

  g_assert_nonnull (adapter);
  g_assert_cmpint (adapter->kind, ==, EK_PORT_KIND_USB_OTG);
  /* the exact rows come before the vendor's last one */
  g_assert_cmpint (ek_adapter_find (0x303a, 0x1002)->kind, ==, EK_PORT_KIND_UART);
  g_assert_cmpint (ek_adapter_find (0x303a, 0x1001)->kind, ==, EK_PORT_KIND_USB_SERIAL_JTAG);
}

static void
test_does_not_know_strangers (void)
{
  g_assert_null (ek_adapter_find (0, 0));
  g_assert_null (ek_adapter_find (0x046d, 0xc52b)); /* a mouse's receiver */
  g_assert_null (ek_adapter_find (0x10c4, 0x0000));
  g_assert_null (ek_adapter_find (0x1a86, 0x5512)); /* CH341 as an SPI bridge: no serial port */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/adapter/knows-the-ports-of-echokits", test_knows_the_ports_of_echokits);
  g_test_add_func ("/adapter/does-not-ask-too-much-of-a-cp210x",
                   test_does_not_ask_too_much_of_a_cp210x);
  g_test_add_func ("/adapter/takes-other-espressif-devices-for-usb",
                   test_takes_other_espressif_devices_for_usb);
  g_test_add_func ("/adapter/does-not-know-strangers", test_does_not_know_strangers);

  return g_test_run ();
}
