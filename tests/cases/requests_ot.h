/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of requests.h: OpenTracing and Jaeger fields that name a context. The binary carrier has
 * a table of its own, carriers.h. */

DONE("ot", GET "ot-baggage-shunt-context: mmeng\r\n" END, BY(OT, "mmeng"))
DONE("ot in mixed case", GET "Ot-Baggage-Shunt-Context:mmeng\r\n" END, BY(OT, "mmeng"))
DONE("ot beside its tracer's fields",
     GET "ot-tracer-traceid: 4bf92f3577b34da6\r\not-tracer-spanid: f067aa0ba902b7\r\n"
	 "ot-tracer-sampled: true\r\not-baggage-user: 7\r\not-baggage-shunt-context: mmeng\r\n" END,
     BY(OT, "mmeng"))
DONE("ot percent-encoded", GET "ot-baggage-shunt-context: %6dmeng\r\n" END, BY(OT, "mmeng"))
DONE("ot of 63 characters", GET "ot-baggage-shunt-context: " TIMES63("m") "\r\n" END,
     BY(OT, TIMES63("m")))
DONE("ot twice, the first counts",
     GET "ot-baggage-shunt-context: mmeng\r\not-baggage-shunt-context: other\r\n" END,
     BY(OT, "mmeng"), DISAGREE)
DONE("ot empty", GET "ot-baggage-shunt-context:\r\n" END, INVALID)
DONE("ot quoted", GET "ot-baggage-shunt-context: \"mmeng\"\r\n" END, INVALID)
DONE("ot of 64 characters", GET "ot-baggage-shunt-context: " TIMES64("m") "\r\n" END, INVALID)
DONE("ot without its prefix", GET "shunt-context: mmeng\r\n" END)
DONE("ot with its prefix alone", GET "ot-baggage-: mmeng\r\n" END)
DONE("ot with an underscore", GET "ot-baggage-shunt_context: mmeng\r\n" END)
DONE("ot with another prefix", GET "ot_baggage-shunt-context: mmeng\r\n" END)
DONE("ot name is another's prefix", GET "ot-baggage-shunt-context-2: mmeng\r\n" END)
DONE("ot name is another's suffix", GET "x-ot-baggage-shunt-context: mmeng\r\n" END)

DONE("uberctx", GET "uberctx-shunt-context: mmeng\r\n" END, BY(UBERCTX, "mmeng"))
DONE("uberctx in upper case", GET "UBERCTX-SHUNT-CONTEXT: mmeng\r\n" END, BY(UBERCTX, "mmeng"))
DONE("uberctx beside its tracer's field",
     GET
     "uber-trace-id: 4bf92f3577b34da6:f067aa0ba902b7:0:1\r\nuberctx-shunt-context: mmeng\r\n" END,
     BY(UBERCTX, "mmeng"))
DONE("uberctx percent-encoded, as Jaeger's clients do",
     GET "uberctx-shunt-context: m%6Deng\r\n" END, BY(UBERCTX, "mmeng"))
DONE("uberctx of 63 characters", GET "uberctx-shunt-context: " TIMES63("m") "\r\n" END,
     BY(UBERCTX, TIMES63("m")))
DONE("uberctx twice, the first counts",
     GET "uberctx-shunt-context: mmeng\r\nuberctx-shunt-context: other\r\n" END,
     BY(UBERCTX, "mmeng"), DISAGREE)
DONE("uberctx empty", GET "uberctx-shunt-context:\r\n" END, INVALID)
DONE("uberctx of 64 characters", GET "uberctx-shunt-context: " TIMES64("m") "\r\n" END, INVALID)
DONE("uberctx with another's name", GET "uberctx-dev-serve-user: mmeng\r\n" END)
DONE("uberctx name is another's prefix", GET "uberctx-shunt-contexts: mmeng\r\n" END)
DONE("jaeger-baggage", GET "jaeger-baggage: shunt-context=mmeng\r\n" END)
