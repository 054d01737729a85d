/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chips, however lists spell them. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-chip-name.h"

static const struct
{
  const char *label;
  const char *name;
} labels[] = {
  { "ESP32-S3", "ESP32-S3" },
  { "esp32s3", "ESP32-S3" },
  { "Esp32_S3", "ESP32-S3" },
  { "ESP32C3", "ESP32-C3" },
  { "esp32-c3", "ESP32-C3" },
  { "ESP32", "ESP32" },
  { "ESP32-C2-2MB", "ESP32-C2" },
  { "esp32c2_4mb", "ESP32-C2" },
  { "ESP32-C61", "ESP32-C61" },
  { "ESP32-C6", "ESP32-C6" },
  { "ESP32-S3R8", "ESP32-S3" },
  { "esp32-s3-box3", "ESP32-S3" },
  { "ESP32-PICO-D4", "ESP32" },
  { "ESP32-D0WD-V3", "ESP32" },
  { "ESP8266", "ESP8266" },
  { "ESP32-P4", "ESP32-P4" },
  { "ESP32-S31", NULL },
  { "ESP32-X5", NULL },
  { "ESP32X5", NULL },
  { "ESP32-C61234", NULL },
  { "", NULL },
  { "nRF52840", NULL },
  { "ESP", NULL },
  { "xESP32", NULL },
  { "ESP32-S3 (QFN56)", "ESP32-S3" },
};

static void
test_labels (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (labels); i++)
    {
      g_test_message ("%s", labels[i].label);
      g_assert_cmpstr (ek_chip_name_from_label (labels[i].label), ==, labels[i].name);
    }
}

static void
test_exact (void)
{
  g_assert_cmpstr (ek_chip_name_from_exact ("esp32_s3"), ==, "ESP32-S3");
  g_assert_null (ek_chip_name_from_exact ("esp32-s3-box"));
  g_assert_null (ek_chip_name_from_exact (""));
}

static void
test_supported (void)
{
  g_assert_true (ek_chip_name_is_supported ("ESP32-S3"));
  g_assert_false (ek_chip_name_is_supported ("ESP8266"));
  g_assert_false (ek_chip_name_is_supported (NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/chip-name/labels", test_labels);
  g_test_add_func ("/chip-name/exact", test_exact);
  g_test_add_func ("/chip-name/supported", test_supported);
  return g_test_run ();
}
