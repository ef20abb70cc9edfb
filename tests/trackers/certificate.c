/* certificate.c - a certificate for "localhost" that nobody but itself vouches for
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "certificate.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

GTlsCertificate *
certificate_new (void)
{
  gnutls_x509_privkey_t key;
  gnutls_x509_crt_t certificate;
  gnutls_datum_t pems[2];
  g_autoptr (GError) error = NULL;
  g_autofree char *pem = NULL;
  GTlsCertificate *result;

  g_assert_cmpint (gnutls_x509_privkey_init (&key), ==, 0);
  g_assert_cmpint (gnutls_x509_privkey_generate (key, GNUTLS_PK_ECDSA,
                                                 GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1),
                                                 0), ==, 0);
  g_assert_cmpint (gnutls_x509_crt_init (&certificate), ==, 0);
  gnutls_x509_crt_set_version (certificate, 3);
  gnutls_x509_crt_set_serial (certificate, "\x01", 1);
  gnutls_x509_crt_set_activation_time (certificate, time (NULL) - 3600);
  gnutls_x509_crt_set_expiration_time (certificate, time (NULL) + 3600);
  gnutls_x509_crt_set_dn (certificate, "CN=localhost", NULL);
  gnutls_x509_crt_set_subject_alt_name (certificate, GNUTLS_SAN_DNSNAME, "localhost", 9, 0);
  gnutls_x509_crt_set_key (certificate, key);
  g_assert_cmpint (gnutls_x509_crt_sign2 (certificate, certificate, key, GNUTLS_DIG_SHA256, 0), ==,
                                          0);
  g_assert_cmpint (gnutls_x509_crt_export2 (certificate, GNUTLS_X509_FMT_PEM, &pems[0]), ==, 0);
  g_assert_cmpint (gnutls_x509_privkey_export2_pkcs8 (key, GNUTLS_X509_FMT_PEM, NULL,
                                                      GNUTLS_PKCS_PLAIN, &pems[1]), ==, 0);
  pem = g_strdup_printf ("%.*s%.*s", (int) pems[0].size, pems[0].data, (int) pems[1].size,
                         pems[1].data);
  gnutls_free (pems[0].data);
  gnutls_free (pems[1].data);
  gnutls_x509_crt_deinit (certificate);
  gnutls_x509_privkey_deinit (key);
  result = g_tls_certificate_new_from_pem (pem, -1, &error);
  g_assert_no_error (error);
  return result;
}
