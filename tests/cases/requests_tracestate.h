/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of requests.h: a member of tracestate that names a context (W3C Trace Context, 3.3). */

DONE("tracestate", GET "tracestate: shunt=mmeng\r\n" END, BY(TRACESTATE, "mmeng"))
DONE("tracestate, field in mixed case", GET "TraceState: shunt=mmeng\r\n" END,
     BY(TRACESTATE, "mmeng"))
DONE("tracestate first of several",
     GET "tracestate: shunt=mmeng,rojo=00f067aa0ba902b7,congo=t61rcWkgMzE\r\n" END,
     BY(TRACESTATE, "mmeng"))
DONE("tracestate in the middle", GET "tracestate: rojo=1,shunt=mmeng,congo=2\r\n" END,
     BY(TRACESTATE, "mmeng"))
DONE("tracestate last, after white space",
     GET "tracestate: rojo=1 , congo=2 ,\tshunt=mmeng \r\n" END, BY(TRACESTATE, "mmeng"))
DONE("tracestate in the second field",
     GET "tracestate: rojo=1\r\ntracestate: shunt=mmeng,congo=2\r\n" END, BY(TRACESTATE, "mmeng"))
DONE("tracestate after empty members", GET "tracestate: ,,shunt=mmeng,,\r\n" END,
     BY(TRACESTATE, "mmeng"))
DONE("tracestate of 63 characters", GET "tracestate: shunt=" TIMES63("m") "\r\n" END,
     BY(TRACESTATE, TIMES63("m")))
DONE("tracestate percent-encoded", GET "tracestate: shunt=mm%65ng\r\n" END, BY(TRACESTATE, "mmeng"))
DONE("tracestate is the 32nd member",
     GET "tracestate: " TIMES16("a=b,") TIMES10("c=d,") TIMES5("e=f,") "shunt=mmeng\r\n" END,
     BY(TRACESTATE, "mmeng"))
DONE("tracestate twice, the first counts", GET "tracestate: shunt=mmeng,shunt=other\r\n" END,
     BY(TRACESTATE, "mmeng"), DISAGREE)

DONE("tracestate empty", GET "tracestate: shunt=\r\n" END, INVALID)
DONE("tracestate with a semicolon", GET "tracestate: shunt=mmeng;p=1\r\n" END, INVALID)
DONE("tracestate with an equals sign", GET "tracestate: shunt=a=b\r\n" END, INVALID)
DONE("tracestate of 64 characters", GET "tracestate: shunt=" TIMES64("m") "\r\n" END, INVALID)

DONE("tracestate without a value", GET "tracestate: shunt\r\n" END)
DONE("tracestate key of a tenant", GET "tracestate: t@shunt=mmeng\r\n" END)
DONE("tracestate key as a tenant", GET "tracestate: shunt@t=mmeng\r\n" END)
DONE("tracestate key with case", GET "tracestate: Shunt=mmeng\r\n" END)
DONE("tracestate key is another's prefix", GET "tracestate: shunt-context=mmeng\r\n" END)
DONE("tracestate key is another's suffix", GET "tracestate: ashunt=mmeng\r\n" END)
DONE("tracestate key in another's value", GET "tracestate: rojo=shunt=mmeng\r\n" END)
DONE("tracestate's key in baggage", GET "baggage: shunt=mmeng\r\n" END)
DONE("baggage's key in tracestate", GET "tracestate: shunt-context=mmeng\r\n" END)
DONE("tracestate in traceparent", GET "traceparent: shunt=mmeng\r\n" END)
