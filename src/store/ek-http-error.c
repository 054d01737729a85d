/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Status codes and errors of the network as codes that say what a person can do about it. */
#define G_LOG_DOMAIN "ek-store"
#include "config.h"

#include "ek-http-error.h"

#include <libsoup/soup.h>

/* The first row that holds the status counts. */
static const struct
{
  guint first, last;
  EkError code;
  EkHttpReaction reaction;
} statuses[] = {
  /* S3 and its likes say "forbidden" for a file that isn't there. */
  { 403, 403, EK_ERROR_SERVER, EK_HTTP_NEXT },
  { 404, 404, EK_ERROR_NOT_ON_SERVER, EK_HTTP_NEXT },
  { 407, 407, EK_ERROR_PROXY, EK_HTTP_FAIL },
  { 408, 408, EK_ERROR_SERVER, EK_HTTP_RETRY },
  { 410, 410, EK_ERROR_NOT_ON_SERVER, EK_HTTP_NEXT },
  { 425, 425, EK_ERROR_SERVER, EK_HTTP_RETRY },
  { 429, 429, EK_ERROR_SERVER, EK_HTTP_RETRY },
  /* "not implemented" and "version not supported" stay so */
  { 501, 501, EK_ERROR_SERVER, EK_HTTP_FAIL },
  { 505, 505, EK_ERROR_SERVER, EK_HTTP_FAIL },
  /* RFC 6585: a network that wants a login first */
  { 511, 511, EK_ERROR_DOWNLOAD_NO_FIRMWARE, EK_HTTP_FAIL },
  { 500, 599, EK_ERROR_SERVER, EK_HTTP_RETRY },
  { 0, 999, EK_ERROR_SERVER, EK_HTTP_FAIL },
};

static const struct
{
  GIOErrorEnum io;
  EkError code;
  EkHttpReaction reaction;
} io_errors[] = {
  { G_IO_ERROR_CANCELLED, EK_ERROR_CANCELLED, EK_HTTP_FAIL },
  { G_IO_ERROR_HOST_NOT_FOUND, EK_ERROR_OFFLINE, EK_HTTP_FAIL },
  { G_IO_ERROR_HOST_UNREACHABLE, EK_ERROR_OFFLINE, EK_HTTP_FAIL },
  { G_IO_ERROR_NETWORK_UNREACHABLE, EK_ERROR_OFFLINE, EK_HTTP_FAIL },
  { G_IO_ERROR_CONNECTION_REFUSED, EK_ERROR_OFFLINE, EK_HTTP_FAIL },
  { G_IO_ERROR_TIMED_OUT, EK_ERROR_OFFLINE, EK_HTTP_RETRY },
  { G_IO_ERROR_CONNECTION_CLOSED, EK_ERROR_OFFLINE, EK_HTTP_RETRY },
  { G_IO_ERROR_NOT_CONNECTED, EK_ERROR_OFFLINE, EK_HTTP_RETRY },
  { G_IO_ERROR_CLOSED, EK_ERROR_OFFLINE, EK_HTTP_RETRY },
  /* the connection ended before the length that was promised */
  { G_IO_ERROR_PARTIAL_INPUT, EK_ERROR_DOWNLOAD_DAMAGED, EK_HTTP_RETRY },
  { G_IO_ERROR_PROXY_FAILED, EK_ERROR_PROXY, EK_HTTP_FAIL },
  { G_IO_ERROR_PROXY_AUTH_FAILED, EK_ERROR_PROXY, EK_HTTP_FAIL },
  { G_IO_ERROR_PROXY_NEED_AUTH, EK_ERROR_PROXY, EK_HTTP_FAIL },
  { G_IO_ERROR_PROXY_NOT_ALLOWED, EK_ERROR_PROXY, EK_HTTP_FAIL },
};

/**
 * ek_http_status_error:
 * @status: of an answer that isn't the file
 * @url: for the message
 *
 * Sets the error of a status.
 */
EkHttpReaction
ek_http_status_error (guint status, const char *url, GError **error)
{
  const char *phrase = soup_status_get_phrase (status);
  guint i = 0;

  while (i + 1 < G_N_ELEMENTS (statuses) &&
         (status < statuses[i].first || status > statuses[i].last))
    i++;

  g_set_error (error, EK_ERROR, statuses[i].code, "%s: the server answers %u %s", url, status,
               phrase != NULL ? phrase : "");
  return statuses[i].reaction;
}

static EkHttpReaction
classify (const GError *from, gboolean answered, EkError *code)
{
  *code = EK_ERROR_SERVER;

  if (from->domain == G_RESOLVER_ERROR)
    {
      *code = EK_ERROR_OFFLINE;
      return EK_HTTP_FAIL;
    }
  if (from->domain == G_TLS_ERROR)
    {
      /* Once an answer has begun, who the server is has been proved. */
      *code = answered ? EK_ERROR_OFFLINE : EK_ERROR_TLS;
      return answered ? EK_HTTP_RETRY : EK_HTTP_FAIL;
    }
  if (from->domain == G_IO_ERROR)
    for (guint i = 0; i < G_N_ELEMENTS (io_errors); i++)
      if ((int) io_errors[i].io == from->code)
        {
          *code = io_errors[i].code;
          /* Before the answer there is nothing that could be damaged. */
          if (*code == EK_ERROR_DOWNLOAD_DAMAGED && !answered)
            *code = EK_ERROR_OFFLINE;
          return io_errors[i].reaction;
        }

  return EK_HTTP_FAIL;
}

/**
 * ek_http_convert_error:
 * @from: an error of libsoup or GIO, or one of ours
 * @url: for the message
 * @answered: whether the answer's headers had come
 * @through_proxy: whether the way there leads through a proxy
 *
 * Sets what it means.
 */
EkHttpReaction
ek_http_convert_error (const GError *from,
                       const char *url,
                       gboolean answered,
                       gboolean through_proxy,
                       GError **error)
{
  EkHttpReaction reaction = EK_HTTP_FAIL;
  EkError code;

  if (from->domain == EK_ERROR)
    {
      g_set_error (error, EK_ERROR, from->code, "%s: %s", url, from->message);
      return from->code == EK_ERROR_OFFLINE ? EK_HTTP_RETRY : EK_HTTP_FAIL;
    }

  reaction = classify (from, answered, &code);
  /* Nothing else could be reached but the proxy, and that could not. */
  if (through_proxy && !answered && code == EK_ERROR_OFFLINE)
    code = EK_ERROR_PROXY;
  g_set_error (error, EK_ERROR, code, "%s: %s", url, from->message);
  return reaction;
}
