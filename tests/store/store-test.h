/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A web to download from: a proper server, one that can misbehave byte by byte, and a cache to fill. */
#pragma once

#include <libsoup/soup.h>
#include <string.h>

#include "ek-store.h"

G_BEGIN_DECLS

#define SECONDS(n) ((gint64) (n) *G_USEC_PER_SEC)

/**
 * World:
 * @root: a temporary folder; the cache is the folder "cache" in it
 * @now: what the store's clock says, in microseconds
 * @delays: (element-type guint): what the store wanted to wait between tries
 */
typedef struct
{
  char *root;
  char *cache;
  EkStore *store;
  gint64 now;
  GArray *delays;
  SoupServer *server;
  GHashTable *files; /* path → ServedFile */
  GPtrArray *asked;  /* "PATH" or "PATH Range=… If-Range=… If-None-Match=…" */
} World;

/**
 * ServedFile:
 * @status: 0 for 200
 * @failures: how many times 503 comes before the file
 * @location: (nullable): for a redirect
 */
typedef struct
{
  GBytes *content;
  char *etag;
  char *last_modified;
  char *type;
  char *location;
  char *encoding;
  guint status;
  guint failures;
  gboolean chunked;
  gboolean no_ranges;
} ServedFile;

void world_init (World *self);
void world_clear (World *self);
void world_new_store (World *self);
void world_serve_tls (World *self);
ServedFile *world_put (World *self, const char *path, GBytes *content, const char *etag);
char *world_url (World *self, const char *path);
EkDownload *world_fetch (World *self, const EkStoreRequest *request, GError **error);
EkDownload *world_get (World *self, const char *url, GError **error);
EkDownload *world_get_kind (World *self, const char *url, EkContentKind kind, GError **error);
const char *world_asked (World *self, guint index);
guint world_count_files (World *self, const char *folder);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (World, world_clear)

GBytes *test_firmware (gsize size, guint8 seed);
char *test_hash (GBytes *bytes);
GTlsDatabase *test_tls_database (World *self);

/* A server of bytes: whatever it writes, is sent; then the connection ends. */
typedef void (*RawAnswer) (const char *request, GOutputStream *output, gpointer user_data);

typedef struct
{
  GSocketService *service;
  guint16 port;
  RawAnswer answer;
  gpointer user_data;
  gboolean speaks_first; /* doesn't wait for a request */
  gint n_requests;       /* (atomic) */
} RawServer;

void raw_server_start (RawServer *self, RawAnswer answer, gpointer user_data);
void raw_server_stop (RawServer *self);
char *raw_server_url (RawServer *self, const char *path);
gboolean raw_write (GOutputStream *output, const void *data, gsize size);
gboolean raw_print (GOutputStream *output, const char *format, ...) G_GNUC_PRINTF (2, 3);
guint16 unused_port (void);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RawServer, raw_server_stop)

G_END_DECLS
