/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of requests.h: a parameter of the target's query that names a context (RFC 3986, 3.4). */

#define QUERY(target) "GET " target " HTTP/1.1\r\n" HOST END

DONE("query", QUERY("/?shunt_context=mmeng"), BY(QUERY, "mmeng"))
DONE("query first of several", QUERY("/a?shunt_context=mmeng&b=c&d"), BY(QUERY, "mmeng"))
DONE("query in the middle", QUERY("/a?b=c&shunt_context=mmeng&d=e"), BY(QUERY, "mmeng"))
DONE("query last", QUERY("/a?b=c&d&shunt_context=mmeng"), BY(QUERY, "mmeng"))
DONE("query, then a fragment", QUERY("/?shunt_context=mmeng#top"), BY(QUERY, "mmeng"))
DONE("query after empty members", QUERY("/?&&&shunt_context=mmeng&"), BY(QUERY, "mmeng"))
DONE("query after a second question mark", QUERY("/?a?b=c&shunt_context=mmeng"), BY(QUERY, "mmeng"))
DONE("query of 63 characters", QUERY("/?shunt_context=" TIMES63("m")), BY(QUERY, TIMES63("m")))
DONE("query, value percent-encoded", QUERY("/?shunt_context=mm%65ng"), BY(QUERY, "mmeng"))
DONE("query, name percent-encoded", QUERY("/?shunt%5Fcontext=mmeng"), BY(QUERY, "mmeng"))
DONE("query, name all percent-encoded", QUERY("/?%73%68%75%6e%74%5f%63%6f%6e%74%65%78%74=mmeng"),
     BY(QUERY, "mmeng"))
DONE("query after two thousand characters", QUERY("/?a=" TIMES1000("bc") "&shunt_context=mmeng"),
     BY(QUERY, "mmeng"))
DONE("query of an absolute target", QUERY("http://users:8080/a?shunt_context=mmeng"),
     BY(QUERY, "mmeng"))
DONE("query of an absolute target without a path", QUERY("http://users?shunt_context=mmeng"),
     BY(QUERY, "mmeng"))
DONE("query of a POST", "POST /a?shunt_context=mmeng HTTP/1.1\r\nContent-Length: 2\r\n" END "{}",
     LENGTH(2), BY(QUERY, "mmeng"), .trailing = 2)
DONE("query in HTTP/1.0", "GET /?shunt_context=mmeng HTTP/1.0\r\n" END, BY(QUERY, "mmeng"))
DONE("query twice, the first counts", QUERY("/?shunt_context=mmeng&shunt_context=other"),
     BY(QUERY, "mmeng"), DISAGREE)
DONE("query twice, the first invalid", QUERY("/?shunt_context=&shunt_context=mmeng"),
     BY(QUERY, "mmeng"), INVALID)

DONE("query empty", QUERY("/?shunt_context="), INVALID)
DONE("query with a plus sign", QUERY("/?shunt_context=mm+eng"), INVALID)
DONE("query with a space encoded", QUERY("/?shunt_context=mm%20eng"), INVALID)
DONE("query with NUL encoded", QUERY("/?shunt_context=mmeng%00"), INVALID)
DONE("query quoted", QUERY("/?shunt_context=\"mmeng\""), INVALID)
DONE("query with a semicolon", QUERY("/?shunt_context=mmeng;a=b"), INVALID)
DONE("query with an equals sign in its value", QUERY("/?shunt_context==mmeng"), INVALID)
DONE("query with a second question mark in its value", QUERY("/?shunt_context=mmeng?"), INVALID)
DONE("query with a percent sign last", QUERY("/?shunt_context=mmeng%"), INVALID)
DONE("query with its hex digit in the next parameter", QUERY("/?shunt_context=mmen%6&7=a"), INVALID)
DONE("query of 64 characters", QUERY("/?shunt_context=" TIMES64("m")), INVALID)
DONE("query in upper case", QUERY("/?shunt_context=Mmeng"), INVALID)

DONE("query without a value", QUERY("/?shunt_context"))
DONE("query in the path", QUERY("/shunt_context=mmeng"))
DONE("query in the path, with an ampersand", QUERY("/a&shunt_context=mmeng"))
DONE("query in the path, its question mark encoded", QUERY("/%3fshunt_context=mmeng"))
DONE("query in the fragment", QUERY("/?a=b#shunt_context=mmeng"))
DONE("query in the fragment, behind an ampersand", QUERY("/?a=b#c&shunt_context=mmeng"))
DONE("query in the fragment of a target without one", QUERY("/a#?shunt_context=mmeng"))
DONE("query name with case", QUERY("/?Shunt_Context=mmeng"))
DONE("query name with a dash", QUERY("/?shunt-context=mmeng"))
DONE("query name is another's suffix", QUERY("/?my_shunt_context=mmeng"))
DONE("query name is another's prefix", QUERY("/?shunt_context2=mmeng"))
DONE("query name in brackets", QUERY("/?shunt_context[]=mmeng"))
DONE("query name, then NUL encoded", QUERY("/?shunt_context%00=mmeng"))
DONE("query name after NUL encoded", QUERY("/?%00shunt_context=mmeng"))
DONE("query name encoded twice", QUERY("/?shunt%255fcontext=mmeng"))
DONE("query name with a bad percent sign", QUERY("/?shunt%5gcontext=mmeng"))
DONE("query name percent-encoded, of 64 characters", QUERY("/?" TIMES64("%61") "=mmeng"))
DONE("query name after a semicolon", QUERY("/?a=b;shunt_context=mmeng"))
DONE("query's ampersand encoded", QUERY("/?a=b%26shunt_context=mmeng"))
DONE("query's equals sign encoded", QUERY("/?shunt_context%3dmmeng"))
DONE("query in another's value", QUERY("/?a=/?shunt_context=mmeng"))
DONE("query in Referer", GET "Referer: http://a/?shunt_context=mmeng\r\n" END)
DONE("query of nothing", QUERY("/?"))
DONE("query of separators", QUERY("/?&&==&=&"))
DONE("query of CONNECT, whose target should have none",
     "CONNECT users:443?shunt_context=mmeng HTTP/1.1\r\n" END, CONNECT, BY(QUERY, "mmeng"))
DONE("query of OPTIONS *", "OPTIONS *?shunt_context=mmeng HTTP/1.1\r\n" HOST END,
     BY(QUERY, "mmeng"))

#undef QUERY
