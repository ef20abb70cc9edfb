/* web-server.h - an HTTP server in the process that gives a folder away, and can be told to misbehave
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

typedef enum
{
  WEB_GOOD,
  WEB_NO_RANGES,    /* 200 with the whole file */
  WEB_SHORT,        /* a bit of the body, then the end */
  WEB_OTHER_RANGE,  /* a part that begins a byte later */
  WEB_OTHER_SIZE,   /* the right part of a file that is longer */
  WEB_OTHER_WHOLE,  /* 200 with something else */
  WEB_NO_PART,      /* 206 without Content-Range */
  WEB_GZIP,         /* says that it is compressed */
  WEB_STATUS,       /* `status`, and `retry_after` (nullable) */
  WEB_REDIRECT,     /* once, to `location`, or to itself with a query */
  WEB_LOOP,
  WEB_CORRUPT,      /* the first byte of each answer is another */
  WEB_SILENT,       /* takes the request, and says nothing */
} WebFault;

typedef struct
{
  SoupServer *server;
  char       *root;
  WebFault    fault;
  guint       status;
  const char *retry_after;
  const char *location;
  const char *only;          /* nullable: the fault is in paths with this in them */
  guint       n_requests;
  guint       n_unranged;    /* without a range */
  GPtrArray  *paths;         /* asked for, percent-encoded */
} WebServer;

/* Takes paths beneath `root`. */
WebServer *web_server_new     (const char *root);
void       web_server_free    (WebServer  *self);
/* At ::1 too, from now on. (transfer full): its URL; NULL: there is no IPv6 here. */
char      *web_server_listen6 (WebServer  *self);
/* (transfer full) */
char      *web_server_dup_url (WebServer  *self,
                               const char *path);

G_END_DECLS
