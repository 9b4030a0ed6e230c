/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MUST: memory that held a private key is erased, OpenSSL's own included. */
#include "idp-agentd/core/key-make.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/buffer.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/secret.h"

#define LINE_BYTES 48u /* RFC 7468 section 2: lines of 64 characters */

int key_make_rsa(unsigned bits, struct secret **ret_pem)
{
	EVP_PKEY *pkey = EVP_RSA_gen(bits);
	BIO *bio = BIO_new(BIO_s_secmem());
	BUF_MEM *memory = NULL;
	int r = -EIO;

	if (pkey && bio &&
	    PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) == 1 &&
	    BIO_get_mem_ptr(bio, &memory) == 1) {
		*ret_pem = secret_new(memory->data, memory->length);
		r = *ret_pem ? 0 : -ENOMEM;
		secret_erase(memory->data, memory->length);
	}
	BIO_free(bio);
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return r;
}

/* Nobody is there who could type a passphrase. */
static int no_passphrase(char *text, int room, int writing, void *userdata)
{
	(void)text;
	(void)room;
	(void)writing;
	(void)userdata;
	return -1;
}

int key_make_spki(const struct secret *pem, struct buf *out)
{
	BIO *bio = pem->len <= CONFIG_SECRET_MAX ? BIO_new_mem_buf(pem->text, (int)pem->len) : NULL;
	EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
	unsigned char *der = NULL;
	int len = pkey ? i2d_PUBKEY(pkey, &der) : -1;

	if (len > 0)
		buf_put(out, der, (size_t)len);
	OPENSSL_free(der);
	EVP_PKEY_free(pkey);
	BIO_free(bio);
	ERR_clear_error();
	return len > 0 ? 0 : -EKEYREJECTED;
}

void key_put_base64(const void *bytes, size_t len, struct buf *out)
{
	unsigned char line[LINE_BYTES / 3 * 4 + 1];
	const unsigned char *at = bytes;

	while (len > 0) {
		size_t n = len < LINE_BYTES ? len : LINE_BYTES;
		int put = EVP_EncodeBlock(line, at, (int)n);

		buf_put(out, line, (size_t)put);
		at += n;
		len -= n;
	}
}

void key_put_spki_pem(const void *spki, size_t len, struct buf *out)
{
	const unsigned char *at = spki;

	buf_put_text(out, "-----BEGIN PUBLIC KEY-----\n");
	while (len > 0) {
		size_t n = len < LINE_BYTES ? len : LINE_BYTES;

		key_put_base64(at, n, out);
		buf_put_u8(out, '\n');
		at += n;
		len -= n;
	}
	buf_put_text(out, "-----END PUBLIC KEY-----\n");
}

unsigned key_rsa_bits(const void *spki, size_t len)
{
	const unsigned char *at = spki;
	EVP_PKEY *pkey = len <= KEY_BYTES_MAX ? d2i_PUBKEY(NULL, &at, (long)len) : NULL;
	int bits = pkey && EVP_PKEY_is_a(pkey, "RSA") ? EVP_PKEY_get_bits(pkey) : 0;

	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return bits > 0 ? (unsigned)bits : 0;
}
