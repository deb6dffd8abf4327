/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of requests.h: valid fields that have no part in naming a context, and heads cut short. */

/* fields */
DONE("upper-case names", GET "HOST: USERS\r\nCONTENT-LENGTH: 5\r\n" END, LENGTH(5))
DONE("mixed-case names", GET "cOnTeNt-LeNgTh: 5\r\nhOsT: users\r\n" END, LENGTH(5))
DONE("no space after the colon", GET "Host:users\r\nContent-Length:5\r\n" END, LENGTH(5))
DONE("white space around a value", GET "Content-Length: \t 5 \t \r\n" END, LENGTH(5))
DONE("Content-Length of 0", GET "Content-Length: 0\r\n" END, LENGTH(0))
DONE("Content-Length with leading zeros", GET "Content-Length: 000012\r\n" END, LENGTH(12))
DONE("Content-Length of 18 digits", GET "Content-Length: 999999999999999999\r\n" END,
     LENGTH(999999999999999999))
DONE("Content-Length is the last field", GET HOST "A: b\r\nContent-Length: 9\r\n" END, LENGTH(9))
DONE("Transfer-Encoding in upper case", GET "TRANSFER-ENCODING: CHUNKED\r\n" END, CHUNKED)
DONE("Transfer-Encoding in mixed case", GET "transfer-Encoding:\tChunked \r\n" END, CHUNKED)
DONE("empty value", GET "Accept:\r\nX-Empty:   \r\n" HOST END)
DONE("value with colons", GET "Referer: http://a:80/b:c\r\n" END)
DONE("value in UTF-8", GET "X-Name: J\xc3\xb6rg\r\n" END)
DONE("value in Latin-1", GET "X-Name: J\xf6rg\r\n" END)
DONE("value with a tab", GET "X-Tab: a\tb\r\n" END)
DONE("field name of one character", GET "a: b\r\n" END)
DONE("field name of all token characters", GET "!#$%&'*+-.^_`|~09azAZ: v\r\n" END)
DONE("field names that begin like others",
     GET "Content-Lengthy: 5\r\nContent-Type: a\r\nTransfer-Encodings: x\r\nUpgrades: y\r\n" END)
DONE("field names that end like others",
     GET "X-Content-Length: 5\r\nX-Transfer-Encoding: gzip\r\nX-Upgrade: y\r\n" END)
DONE("names of the same length as those that matter",
     GET "Content-Langth: x\r\nContent-Strange: x\r\nTransfer-Decoding: x\r\nUpgraed: x\r\n" END)
DONE("Content-Length inside a value", GET "X-A: Content-Length: 5\r\n" END)
DONE("TE and Trailer are no Transfer-Encoding", GET "TE: trailers\r\nTrailer: X-Sum\r\n" END)
DONE("same field twice", GET "Cookie: a=1\r\nCookie: b=2\r\n" HOST END)
DONE("h2c upgrade in lower case", GET "upgrade:h2c\r\n" END, UPGRADE)
DONE("many fields", GET TIMES64("x-field: value\r\n") MARKED END, BY(HEADER, "mmeng"))
DONE("127 fields", GET TIMES64("a: b\r\n") TIMES63("c: d\r\n") END)
DONE("128 fields", GET TIMES128("a: b\r\n") END)
DONE("head of 8000 bytes",
     GET "X: " TIMES7(TIMES1000("a")) TIMES8(TIMES10(TIMES10("a"))) TIMES16("abc") TIMES64("b")
	     TIMES5("c") "\r\n" MARKED "Content-Length: 10\r\n" END,
     LENGTH(10), BY(HEADER, "mmeng"))
DONE("head of exactly 8192 bytes",
     GET "X: " TIMES8(TIMES1000("a")) TIMES128("a") TIMES16("b") "c"
								 "\r\n" MARKED END,
     BY(HEADER, "mmeng"))

/* what follows the request */
DONE("Connection: close", GET "Connection: close\r\n" END, CLOSE)
DONE("Connection: close in upper case", GET "CONNECTION: CLOSE\r\n" END, CLOSE)
DONE("Connection: close without a space", GET "Connection:close\r\n" END, CLOSE)
DONE("Connection: close last of a list", GET "Connection: a, keep-aliv ,\tclose \r\n" END, CLOSE)
DONE("Connection: close first of a list", GET "Connection: close, TE\r\n" END, CLOSE)
DONE("Connection: close after empty options", GET "Connection: ,,, ,close\r\n" END, CLOSE)
DONE("Connection: close in the second field", GET "Connection: TE\r\nConnection: close\r\n" END,
     CLOSE)
DONE("Connection: keep-alive", GET "Connection: Keep-Alive\r\n" END, KEEP_ALIVE)
DONE("Connection: both", GET "Connection: keep-alive, close\r\n" END,
     .connection = SHUNT_HEAD_KEEP_ALIVE | SHUNT_HEAD_CLOSE)
DONE("Connection: both in HTTP/1.0, twice",
     "GET / HTTP/1.0\r\nConnection: close\r\nConnection: keep-alive\r\n" END,
     .connection = SHUNT_HEAD_KEEP_ALIVE | SHUNT_HEAD_CLOSE)
DONE("Connection: words like close",
     GET "Connection: closed, clos, xclose, \"close\", close;\r\n" END)
DONE("Connection: words like keep-alive",
     GET "Connection: keep-alived, keepalive, keep_alive\r\n" END)
DONE("Connection empty", GET "Connection:\r\n" END)
DONE("Proxy-Connection: close", GET "Proxy-Connection: close\r\n" END)
DONE("Connection of the same length", GET "Connectian: close\r\n" END)
DONE("HEAD", "HEAD / HTTP/1.1\r\n" HOST END, HEAD)
DONE("a method that begins like HEAD", "HEADS / HTTP/1.1\r\n" HOST END)
DONE("methods have case", "head / HTTP/1.1\r\n" HOST END)
DONE("CONNECT in lower case is not CONNECT", "connect users:443 HTTP/1.1\r\n" HOST END)
DONE("WebSocket with a body", GET "Upgrade: websocket\r\nContent-Length: 5\r\n" END, LENGTH(5),
     UPGRADE)
DONE("Upgrade empty", GET "Upgrade:\r\n" END, UPGRADE)
DONE("Expect: 100-continue", GET "Expect: 100-continue\r\nContent-Length: 5\r\n" END, LENGTH(5))

/* incomplete */
PARTIAL("first character", "G")
PARTIAL("method only", "GET")
PARTIAL("method and space", "GET ")
PARTIAL("half a version", "GET / HTTP/1")
PARTIAL("request line without its end", "GET / HTTP/1.1")
PARTIAL("request line and CR", "GET / HTTP/1.1\r")
PARTIAL("request line alone", "GET / HTTP/1.1\r\n")
PARTIAL("half a name", GET "Host: users\r\nx-shunt-con")
PARTIAL("name alone", GET "x-shunt-context:")
PARTIAL("half a value", GET "x-shunt-context: mme")
PARTIAL("value and CR", GET "x-shunt-context: mmeng\r")
PARTIAL("last line end is missing", GET MARKED "\r")
PARTIAL("fields without the empty line", GET HOST MARKED)
PARTIAL("half the preface of HTTP/2", "PRI * H")
PARTIAL("half of a head of 6000 bytes", GET "X: " TIMES4(TIMES1000("a")) TIMES1000("bc"))
