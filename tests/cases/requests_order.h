/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of requests.h: several markers in one request. The order of the list counts, header, cookie,
 * query, baggage, tracestate, ot, uberctx, not that of the request; what is invalid does not. */

#define TARGET(context) "GET /?shunt_context=" context " HTTP/1.1\r\n"
#define COOKIE(context) "Cookie: shunt_context=" context "\r\n"
#define BAGGAGE(context) "baggage: shunt-context=" context "\r\n"
#define TRACESTATE(context) "tracestate: shunt=" context "\r\n"
#define OT(context) "ot-baggage-shunt-context: " context "\r\n"
#define UBERCTX(context) "uberctx-shunt-context: " context "\r\n"

DONE("all seven agree",
     TARGET("mmeng") UBERCTX("mmeng") OT("mmeng") TRACESTATE("mmeng") BAGGAGE("mmeng")
	     COOKIE("mmeng") MARKED END,
     BY(HEADER, "mmeng"))
DONE("all seven differ, last first",
     TARGET("c") UBERCTX("g") OT("f") TRACESTATE("e") BAGGAGE("d") COOKIE("b") MARKED END,
     BY(HEADER, "mmeng"), DISAGREE)
DONE("all but the header differ",
     TARGET("c") UBERCTX("g") OT("f") TRACESTATE("e") BAGGAGE("d") COOKIE("b") END, BY(COOKIE, "b"),
     DISAGREE)
DONE("all from the query on differ",
     TARGET("c") UBERCTX("g") OT("f") TRACESTATE("e") BAGGAGE("d") END, BY(QUERY, "c"), DISAGREE)
DONE("all from baggage on differ", GET UBERCTX("g") OT("f") TRACESTATE("e") BAGGAGE("d") END,
     BY(BAGGAGE, "d"), DISAGREE)
DONE("all from tracestate on differ", GET UBERCTX("g") OT("f") TRACESTATE("e") END,
     BY(TRACESTATE, "e"), DISAGREE)
DONE("ot before uberctx", GET UBERCTX("g") OT("f") END, BY(OT, "f"), DISAGREE)
DONE("header before query, though later", TARGET("c") MARKED END, BY(HEADER, "mmeng"), DISAGREE)
DONE("header before cookie", GET MARKED COOKIE("b") END, BY(HEADER, "mmeng"), DISAGREE)
DONE("cookie before query", TARGET("c") COOKIE("b") END, BY(COOKIE, "b"), DISAGREE)
DONE("two agree, the third does not", TARGET("a") COOKIE("a") BAGGAGE("d") END, BY(COOKIE, "a"),
     DISAGREE)
DONE("cookie and baggage agree", GET BAGGAGE("a") COOKIE("a") END, BY(COOKIE, "a"))
DONE("query and uberctx agree", TARGET("a") UBERCTX("a") END, BY(QUERY, "a"))
DONE("one is the other's prefix", GET COOKIE("abc") BAGGAGE("ab") END, BY(COOKIE, "abc"), DISAGREE)
DONE("invalid header, cookie counts", GET "x-shunt-context: A\r\n" COOKIE("b") END, BY(COOKIE, "b"),
     INVALID)
DONE("empty header, uberctx counts", GET "x-shunt-context:\r\n" UBERCTX("g") END, BY(UBERCTX, "g"),
     INVALID)
DONE("invalid query, baggage counts", TARGET("%") BAGGAGE("d") END, BY(BAGGAGE, "d"), INVALID)
DONE("invalid cookie, header counts", GET COOKIE("\"") MARKED END, BY(HEADER, "mmeng"), INVALID)
DONE("invalid ones are no disagreement", GET COOKIE("A") BAGGAGE("B") TRACESTATE("e") END,
     BY(TRACESTATE, "e"), INVALID)
DONE("all invalid", TARGET("C") UBERCTX("G") OT("F") TRACESTATE("E") BAGGAGE("D") COOKIE("B") END,
     INVALID)
DONE("disagreement and an invalid one", GET OT("") MARKED COOKIE("b") END, BY(HEADER, "mmeng"),
     .markers = SHUNT_HEAD_INVALID | SHUNT_HEAD_DISAGREE)

#undef TARGET
#undef COOKIE
#undef BAGGAGE
#undef TRACESTATE
#undef OT
#undef UBERCTX
