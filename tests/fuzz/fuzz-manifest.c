/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Manifests of flash bundles, read and written again. */
#define G_LOG_DOMAIN "ek-fuzz"
#include "config.h"

#include "fuzz.h"

#include "ek-json.h"
#include "ek-manifest.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (JsonNode) root = ek_json_parse ((const char *) data, size, EK_MANIFEST_MAX_SIZE,
                                             EK_ERROR_FIRMWARE_DAMAGED, NULL);
  g_autoptr (EkManifest) manifest = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return 0;

  manifest = ek_manifest_new_from_json (json_node_get_object (root), NULL);
  if (manifest == NULL)
    return 0;

  fuzz_check (manifest->segments->len <= EK_MANIFEST_MAX_SEGMENTS);
  bytes = ek_manifest_write (manifest);
  fuzz_check (g_bytes_get_size (bytes) > 0);
  return 0;
}
