/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A certificate for 127.0.0.1 that nobody trusts, and its key. Made for these tests; good until 2120. */
#pragma once

/* clang-format off */
#define TEST_CERTIFICATE \
  "-----BEGIN CERTIFICATE-----\n" \
  "MIIBojCCAUigAwIBAgIBATAKBggqhkjOPQQDAjAfMR0wGwYDVQQDExRFY2hvS2l0\n" \
  "IEZsYXNoZXIgdGVzdDAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFow\n" \
  "HzEdMBsGA1UEAxMURWNob0tpdCBGbGFzaGVyIHRlc3QwWTATBgcqhkjOPQIBBggq\n" \
  "hkjOPQMBBwNCAATTKzsQuhMYwhyloExXvvcH4e1r1xBWsr21BA4vllcQslqL0D3F\n" \
  "7n3CQ5TzqrVy1LDwKzAkB7RxmL73/nRU9B93o3MwcTAPBgNVHRMBAf8EBTADAQH/\n" \
  "MBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATATBgNVHSUEDDAKBggrBgEFBQcD\n" \
  "ATAOBgNVHQ8BAf8EBAMCAoQwHQYDVR0OBBYEFCMQIQ6ImbAAjcojjzIH/qPo15qd\n" \
  "MAoGCCqGSM49BAMCA0gAMEUCIEGVpTd00CWaxIQ47AtNutZvMGhMw14Ys8pVRA95\n" \
  "KlYiAiEA37zhRtoFd95o0IlGhJo9QfRZCdffMX2rGi9Or4j9NRg=\n" \
  "-----END CERTIFICATE-----\n"

#define TEST_KEY \
  "-----BEGIN PRIVATE KEY-----\n" \
  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgTnaA3lVXfuMZQJJk\n" \
  "QJug13qS5P0KSrK+B8EZRSNqE46hRANCAATTKzsQuhMYwhyloExXvvcH4e1r1xBW\n" \
  "sr21BA4vllcQslqL0D3F7n3CQ5TzqrVy1LDwKzAkB7RxmL73/nRU9B93\n" \
  "-----END PRIVATE KEY-----\n"
/* clang-format on */
