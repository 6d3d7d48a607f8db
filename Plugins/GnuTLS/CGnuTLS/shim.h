#pragma once
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/pkcs12.h>
#include <gnutls/x509.h>

// What GnuTLS itself is built on, and what it does not show: RC2 and long numbers.
#include <gmp.h>
#include <nettle/arctwo.h>
#include <nettle/cbc.h>
#include <nettle/nettle-meta.h>
