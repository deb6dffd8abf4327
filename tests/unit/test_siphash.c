// SPDX-License-Identifier: Apache-2.0
/* SipHash-2-4 against the vectors of its authors' reference, and OpenSSL's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <linux/bpf.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <shunt/siphash.h>

#define WORDS_MAX 7

/* Key 00 01 .. 0f, message 00 01 .. of so many words. */
static const __u64 vectors[WORDS_MAX + 1] = {
	0x726fdb47dd0e0e31, 0x93f5f5799a932462, 0x3f2acc7f57c29bdb, 0xb8ad50c6f649af94,
	0x7127512f72f27cce, 0x0e3ea96b5304a7d0, 0xe612a3cb9ecba951, 0xb78dbfaf3a8d83bd,
};

static __u64 word_of(const __u8 *bytes)
{
	__u64 word = 0;

	for (int i = 7; i >= 0; i--)
		word = word << 8 | bytes[i];
	return word;
}

static __u64 hash(const __u8 key[16], const __u8 *message, __u32 count)
{
	struct shunt_key words = {{word_of(key), word_of(key + 8)}};
	__u64 text[WORDS_MAX];

	for (__u32 i = 0; i < count; i++)
		text[i] = word_of(message + i * 8);
	return shunt_siphash(&words, text, count);
}

static void gives_the_reference_vectors(void **state)
{
	__u8 bytes[WORDS_MAX * 8];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = i;
	for (__u32 count = 0; count <= WORDS_MAX; count++)
		assert_int_equal(hash(bytes, bytes, count), vectors[count]);
}

static __u64 hash_openssl(EVP_MAC *mac, const __u8 key[16], const __u8 *message, size_t length)
{
	EVP_MAC_CTX *context = EVP_MAC_CTX_new(mac);
	size_t size = 8, written;
	OSSL_PARAM parameters[] = {OSSL_PARAM_construct_size_t("size", &size),
				   OSSL_PARAM_construct_end()};
	__u8 tag[8];

	assert_non_null(context);
	assert_int_equal(EVP_MAC_init(context, key, 16, parameters), 1);
	assert_int_equal(EVP_MAC_update(context, message, length), 1);
	assert_int_equal(EVP_MAC_final(context, tag, &written, sizeof(tag)), 1);
	assert_int_equal(written, sizeof(tag));
	EVP_MAC_CTX_free(context);
	return word_of(tag);
}

static void agrees_with_openssl(void **state)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
	__u8 key[16], message[WORDS_MAX * 8];
	__u64 seed = 1;

	(void)state;
	assert_non_null(mac);
	for (int round = 0; round < 1000; round++) {
		__u32 count = round % (WORDS_MAX + 1);

		for (size_t i = 0; i < sizeof(key) + sizeof(message); i++) {
			seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
			if (i < sizeof(key))
				key[i] = seed >> 56;
			else
				message[i - sizeof(key)] = seed >> 56;
		}
		assert_int_equal(hash(key, message, count),
				 hash_openssl(mac, key, message, count * 8));
	}
	EVP_MAC_free(mac);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_reference_vectors),
		cmocka_unit_test(agrees_with_openssl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
