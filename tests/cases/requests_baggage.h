/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of requests.h: a member of W3C baggage that names a context (W3C Baggage, 3.2). */

DONE("baggage", GET "baggage: shunt-context=mmeng\r\n" END, BY(BAGGAGE, "mmeng"))
DONE("baggage, field in upper case", GET "BAGGAGE: shunt-context=mmeng\r\n" END,
     BY(BAGGAGE, "mmeng"))
DONE("baggage first of several", GET "baggage: shunt-context=mmeng,a=1,b=2\r\n" END,
     BY(BAGGAGE, "mmeng"))
DONE("baggage in the middle", GET "baggage: a=1,shunt-context=mmeng,b=2\r\n" END,
     BY(BAGGAGE, "mmeng"))
DONE("baggage last", GET "baggage: a=1,b=2,shunt-context=mmeng\r\n" END, BY(BAGGAGE, "mmeng"))
DONE("baggage with white space", GET "baggage: a=1 ,\t shunt-context \t=  mmeng\t , b=2\r\n" END,
     BY(BAGGAGE, "mmeng"))
DONE("baggage in the second field",
     GET "baggage: a=1\r\n" HOST "baggage: shunt-context=mmeng\r\n" END, BY(BAGGAGE, "mmeng"))
DONE("baggage in the first field", GET "baggage: shunt-context=mmeng\r\nbaggage: a=1\r\n" END,
     BY(BAGGAGE, "mmeng"))
DONE("baggage with a property", GET "baggage: shunt-context=mmeng;ttl=1\r\n" END,
     BY(BAGGAGE, "mmeng"))
DONE("baggage with properties", GET "baggage: shunt-context=mmeng ; ttl=1 ;p;q=\"r\",a=b\r\n" END,
     BY(BAGGAGE, "mmeng"))
DONE("baggage with an empty property", GET "baggage: shunt-context=mmeng;\r\n" END,
     BY(BAGGAGE, "mmeng"))
DONE("baggage after another's properties", GET "baggage: a=1;p=q;r,shunt-context=mmeng\r\n" END,
     BY(BAGGAGE, "mmeng"))
DONE("baggage percent-encoded", GET "baggage: shunt-context=%6Dmeng\r\n" END, BY(BAGGAGE, "mmeng"))
DONE("baggage all percent-encoded, with a property",
     GET "baggage: shunt-context=%6d%6d%65%6e%67;p=%20\r\n" END, BY(BAGGAGE, "mmeng"))
DONE("baggage of 63 characters", GET "baggage: shunt-context=" TIMES63("m") ";p\r\n" END,
     BY(BAGGAGE, TIMES63("m")))
DONE("baggage after empty members", GET "baggage: ,, ,shunt-context=mmeng,\r\n" END,
     BY(BAGGAGE, "mmeng"))
DONE("baggage after a member without an equals sign", GET "baggage: a,shunt-context=mmeng\r\n" END,
     BY(BAGGAGE, "mmeng"))
DONE("baggage after sixty-four members",
     GET "baggage: " TIMES64("key=value;p=q,") "shunt-context=mmeng\r\n" END, BY(BAGGAGE, "mmeng"))
DONE("baggage after 4000 characters",
     GET "baggage: a=" TIMES1000("bcde") ",shunt-context=mmeng\r\n" END, BY(BAGGAGE, "mmeng"))
DONE("baggage beside other systems' members",
     GET "baggage: sd-routing-key=k1,okteto-divert=dev,shunt-context=mmeng\r\n" END,
     BY(BAGGAGE, "mmeng"))
DONE("baggage twice, the first counts",
     GET "baggage: shunt-context=mmeng,shunt-context=other\r\n" END, BY(BAGGAGE, "mmeng"), DISAGREE)
DONE("baggage twice, the first invalid", GET "baggage: shunt-context=,shunt-context=mmeng\r\n" END,
     BY(BAGGAGE, "mmeng"), INVALID)
DONE("baggage in three fields, the first counts",
     GET "baggage: a=1\r\nbaggage: shunt-context=mmeng\r\nbaggage: shunt-context=other\r\n" END,
     BY(BAGGAGE, "mmeng"), DISAGREE)

DONE("baggage empty", GET "baggage: shunt-context=\r\n" END, INVALID)
DONE("baggage of a property only", GET "baggage: shunt-context=;mmeng\r\n" END, INVALID)
DONE("baggage quoted", GET "baggage: shunt-context=\"mmeng\"\r\n" END, INVALID)
DONE("baggage with a space inside", GET "baggage: shunt-context=mm eng\r\n" END, INVALID)
DONE("baggage with a comma encoded", GET "baggage: shunt-context=mm%2ceng\r\n" END, INVALID)
DONE("baggage with a percent sign before the comma", GET "baggage: shunt-context=mm%,65=a\r\n" END,
     INVALID)
DONE("baggage with a percent sign before a property", GET "baggage: shunt-context=mm%6;5\r\n" END,
     INVALID)
DONE("baggage of 64 characters", GET "baggage: shunt-context=" TIMES64("m") "\r\n" END, INVALID)
DONE("baggage in upper case", GET "baggage: shunt-context=MMENG\r\n" END, INVALID)

DONE("baggage without a value", GET "baggage: shunt-context\r\n" END)
DONE("baggage without a value, with a property", GET "baggage: shunt-context;mmeng\r\n" END)
DONE("baggage key with case", GET "baggage: Shunt-Context=mmeng\r\n" END)
DONE("baggage key with an underscore", GET "baggage: shunt_context=mmeng\r\n" END)
DONE("baggage key percent-encoded", GET "baggage: shunt%2dcontext=mmeng\r\n" END)
DONE("baggage key is another's suffix", GET "baggage: my-shunt-context=mmeng\r\n" END)
DONE("baggage key is another's prefix", GET "baggage: shunt-context2=mmeng\r\n" END)
DONE("baggage key in a property", GET "baggage: a=1;shunt-context=mmeng\r\n" END)
DONE("baggage key in a property of a member without a value",
     GET "baggage: a;shunt-context=mmeng\r\n" END)
DONE("baggage key in another's value", GET "baggage: a=shunt-context=mmeng\r\n" END)
DONE("baggage key after another word", GET "baggage: a shunt-context=mmeng\r\n" END)
DONE("baggage comma encoded", GET "baggage: a=b%2cshunt-context=mmeng\r\n" END)
DONE("baggage in a field named otherwise", GET "x-baggage: shunt-context=mmeng\r\n" END)
DONE("baggage in trailers of a body",
     GET "Transfer-Encoding: chunked\r\n" END "0\r\nbaggage: shunt-context=mmeng\r\n\r\n", CHUNKED,
     .trailing = 35)
DONE("baggage field empty", GET "baggage:\r\n" END)
DONE("baggage field of separators", GET "baggage: ,;,=,;=,\r\n" END)
