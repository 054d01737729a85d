/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of adapters. */
#define G_LOG_DOMAIN "ek-port"
#include "config.h"

#include "ek-adapter.h"

/* Speeds: the makers' data sheets; a CP2102 (1 Mbaud) can't be told from a CP2102N (3 Mbaud) by its
 * ids, so the table has what both do. The loader proves each speed before it relies on it.
 * Drivers: the id tables in Linux' drivers/usb/serial and drivers/usb/class; what has a CDC interface
 * is cdc_acm's. */
static const EkAdapter adapters[] = {
  { 0x303a, 0x1001, "USB-Serial/JTAG", EK_PORT_KIND_USB_SERIAL_JTAG, 0, "cdc_acm" },
  { 0x303a, 0x0002, "ESP32-S2 download mode", EK_PORT_KIND_USB_OTG, 0, "cdc_acm" },
  { 0x303a, 0x0009, "ESP32-S3 download mode", EK_PORT_KIND_USB_OTG, 0, "cdc_acm" },
  { 0x303a, 0x0012, "ESP32-P4 download mode", EK_PORT_KIND_USB_OTG, 0, "cdc_acm" },
  { 0x303a, 0x1002, "ESP USB bridge", EK_PORT_KIND_UART, 921600, "cdc_acm" },
  { 0x303a, 0x0000, "Espressif USB device", EK_PORT_KIND_USB_OTG, 0, "cdc_acm" },
  { 0x10c4, 0xea60, "CP210x", EK_PORT_KIND_UART, 921600, "cp210x" },
  { 0x10c4, 0xea70, "CP2105", EK_PORT_KIND_UART, 921600, "cp210x" },
  { 0x10c4, 0xea71, "CP2108", EK_PORT_KIND_UART, 2000000, "cp210x" },
  { 0x1a86, 0x7522, "CH340", EK_PORT_KIND_UART, 2000000, "ch341" },
  { 0x1a86, 0x7523, "CH340", EK_PORT_KIND_UART, 2000000, "ch341" },
  { 0x1a86, 0x5523, "CH341", EK_PORT_KIND_UART, 2000000, "ch341" },
  { 0x1a86, 0x55d2, "CH342", EK_PORT_KIND_UART, 3000000, "cdc_acm" },
  { 0x1a86, 0x55d3, "CH343", EK_PORT_KIND_UART, 6000000, "cdc_acm" },
  { 0x1a86, 0x55d4, "CH9102", EK_PORT_KIND_UART, 3000000, "cdc_acm" },
  { 0x0403, 0x6001, "FT232R", EK_PORT_KIND_UART, 3000000, "ftdi_sio" },
  { 0x0403, 0x6010, "FT2232H", EK_PORT_KIND_UART, 6000000, "ftdi_sio" },
  { 0x0403, 0x6011, "FT4232H", EK_PORT_KIND_UART, 6000000, "ftdi_sio" },
  { 0x0403, 0x6014, "FT232H", EK_PORT_KIND_UART, 6000000, "ftdi_sio" },
  { 0x0403, 0x6015, "FT231X", EK_PORT_KIND_UART, 3000000, "ftdi_sio" },
};

/**
 * ek_adapter_find:
 *
 * Returns: (nullable) (transfer none): the adapter with these USB ids
 */
const EkAdapter *
ek_adapter_find (guint16 vid, guint16 pid)
{
  for (guint i = 0; i < G_N_ELEMENTS (adapters); i++)
    if (adapters[i].vid == vid && (adapters[i].pid == pid || adapters[i].pid == 0))
      return &adapters[i];

  return NULL;
}

/**
 * ek_adapter_find_exactly:
 *
 * Returns: (nullable) (transfer none): the same, but nothing that only has a known vendor: a vendor makes
 *   other things too
 */
const EkAdapter *
ek_adapter_find_exactly (guint16 vid, guint16 pid)
{
  const EkAdapter *adapter = ek_adapter_find (vid, pid);

  return adapter != NULL && adapter->pid == pid ? adapter : NULL;
}
