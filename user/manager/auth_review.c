// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>
#include "user/manager/auth_state.h"
#include "user/manager/kube.h"

#define PATH "/apis/authentication.k8s.io/v1/tokenreviews"
#define ANSWER_MS 10000
#define FAILURE_MS 1000 /* what could not be asked is asked again after this */
#define REVIEWS_MAX 64 /* under way */
#define WAITERS_MAX 256 /* for one review */

struct waiter {
	auth_done done;
	void *argument;
};

/* One is made for each token, whoever shows it meanwhile. */
struct auth_review {
	struct auth_review *next;
	struct auth *auth;
	uint8_t hash[AUTH_HASH_SIZE];
	size_t count;
	struct waiter waiters[WAITERS_MAX];
};

static struct auth_answer *answer_slot(struct auth *auth, const uint8_t hash[AUTH_HASH_SIZE])
{
	return &auth->answers[(hash[0] | hash[1] << 8) & (AUTH_ANSWERS - 1)];
}

static void tell(const struct auth_answer *answer, const struct waiter *waiter)
{
	waiter->done(waiter->argument, &answer->identity,
		     answer->problem[0] ? answer->problem : NULL);
}

static void unlink_review(struct auth *auth, const struct auth_review *review)
{
	struct auth_review **link = &auth->reviews;

	while (*link != review)
		link = &(*link)->next;
	*link = review->next;
	auth->review_count--;
}

static void on_answer(void *argument, const struct kube_answer *kube)
{
	struct auth_review *review = argument;
	struct auth *auth = review->auth;
	struct auth_answer answer = {.until = uv_now(auth->loop) + ANSWER_MS};

	memcpy(answer.hash, review->hash, sizeof(answer.hash));
	if (kube->problem || !kube->body) {
		auth->review_failed++;
		answer.until = uv_now(auth->loop) + FAILURE_MS;
		answer.identity.status = 503;
		snprintf(answer.problem, sizeof(answer.problem), "cannot review the token: %s",
			 kube->problem ? kube->problem : "the answer is no JSON");
	} else {
		auth->reviewed++;
		auth_review_read(kube->body, kube_namespace(auth->options.kube), &answer);
	}
	*answer_slot(auth, review->hash) = answer;
	unlink_review(auth, review);
	for (size_t i = 0; i < review->count; i++)
		if (review->waiters[i].done)
			tell(&answer, &review->waiters[i]);
	free(review);
}

static struct auth_review *find_review(const struct auth *auth, const uint8_t hash[AUTH_HASH_SIZE])
{
	struct auth_review *review = auth->reviews;

	while (review && CRYPTO_memcmp(review->hash, hash, AUTH_HASH_SIZE) != 0)
		review = review->next;
	return review;
}

static struct auth_review *start_review(struct auth *auth, const char *token,
					const uint8_t hash[AUTH_HASH_SIZE])
{
	struct auth_review *review = calloc(1, sizeof(*review));
	json_t *body = json_pack("{s:s, s:s, s:{s:s}}", "apiVersion", "authentication.k8s.io/v1",
				 "kind", "TokenReview", "spec", "token", token);

	if (!review || !body) {
		free(review);
		json_decref(body);
		return NULL;
	}
	review->auth = auth;
	memcpy(review->hash, hash, sizeof(review->hash));
	if (kube_request(auth->options.kube, "POST", PATH, NULL, body, on_answer, review)) {
		free(review);
		review = NULL;
	} else {
		review->next = auth->reviews;
		auth->reviews = review;
		auth->review_count++;
	}
	json_decref(body);
	return review;
}

void auth_review(struct auth *auth, const char *token, const uint8_t hash[AUTH_HASH_SIZE],
		 auth_done done, void *argument)
{
	static const struct auth_identity busy = {.role = AUTH_NONE, .status = 503};
	const struct auth_answer *answer = answer_slot(auth, hash);
	struct waiter waiter = {.done = done, .argument = argument};
	struct auth_review *review;

	if (answer->until > uv_now(auth->loop) &&
	    !CRYPTO_memcmp(answer->hash, hash, AUTH_HASH_SIZE)) {
		struct auth_answer copy = *answer;

		auth->remembered++;
		tell(&copy, &waiter);
		return;
	}
	review = find_review(auth, hash);
	if (!review && auth->review_count < REVIEWS_MAX)
		review = start_review(auth, token, hash);
	if (review && review->count < WAITERS_MAX)
		review->waiters[review->count++] = waiter;
	else
		done(argument, &busy, "too many tokens are being reviewed; try again");
}

void auth_review_forget(struct auth *auth, const void *argument)
{
	for (struct auth_review *review = auth->reviews; review; review = review->next)
		for (size_t i = 0; i < review->count; i++)
			if (review->waiters[i].argument == argument)
				review->waiters[i].done = NULL;
}

void auth_review_stop(struct auth *auth)
{
	while (auth->reviews) {
		struct auth_review *review = auth->reviews;

		auth->reviews = review->next;
		free(review);
	}
}
