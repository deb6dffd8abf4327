/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of requests.h: what is not HTTP/1, malformed, or means to be read in two ways. */

/* other protocols */
BAD("TLS ClientHello", TLS, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
BAD("TLS, first byte", TLS, "\x16")
BAD("HTTP/2 preface", HTTP2, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
BAD("HTTP/2 preface, its first eight bytes", HTTP2, "PRI * HT")
BAD("SSH", NOT_HTTP, "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")
BAD("SMTP", NOT_HTTP, "EHLO mail.example\r\n")
BAD("redis", NOT_HTTP, "*1\r\n$4\r\nPING\r\n")
BAD("PROXY protocol, version 1", NOT_HTTP, "PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n" GET END)
BAD("PROXY protocol, version 2", NOT_HTTP, "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c")
BAD("a letter, then binary", BAD_LINE_END, "\x4a\0\0\0\x0a")
BAD("PostgreSQL startup", NOT_HTTP, "\0\0\0\x08\x04\xd2\x16\x2f")
BAD("SSLv2 hello", NOT_HTTP, "\x80\x2e\x01\x03\x01")
BAD("a response", NOT_HTTP, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" END)
BAD("HTTP/0.9", NOT_HTTP, "GET /\r\n")
BAD("HTTP/0.9, long path", NOT_HTTP, "GET /a/long/path/without/version\r\n")
BAD("HTTP/2.0 in a request line", NOT_HTTP, "GET / HTTP/2.0\r\n" HOST END)
BAD("HTTP/1.2", NOT_HTTP, "GET / HTTP/1.2\r\n" HOST END)
BAD("HTTP/1.10", NOT_HTTP, "GET / HTTP/1.10\r\n" HOST END)
BAD("HTTP/01.1", NOT_HTTP, "GET / HTTP/01.1\r\n" HOST END)
BAD("http in lower case", NOT_HTTP, "GET / http/1.1\r\n" HOST END)
BAD("ICY/1.1", NOT_HTTP, "GET /abc ICYP/1.1\r\n" HOST END)

/* request line */
BAD("two spaces after the method", BAD_REQUEST_LINE, "GET  / HTTP/1.1\r\n" HOST END)
BAD("two spaces before the version", BAD_REQUEST_LINE, "GET /  HTTP/1.1\r\n" HOST END)
BAD("space in the target", BAD_REQUEST_LINE, "GET /a b HTTP/1.1\r\n" HOST END)
BAD("tab in the target", BAD_REQUEST_LINE, "GET /a\tb HTTP/1.1\r\n" HOST END)
BAD("second request line in the first", BAD_REQUEST_LINE,
    "GET / HTTP/1.1 GET /b HTTP/1.1\r\n" HOST END)
BAD("missing target", BAD_REQUEST_LINE, "OPTIONS  HTTP/1.1\r\n" HOST END)
BAD("missing target and space", BAD_REQUEST_LINE, "OPTIONS HTTP/1.1\r\n" HOST END)
BAD("short line without a target", NOT_HTTP, "GET HTTP/1.1\r\n" HOST END)
BAD("tab after the method", NOT_HTTP, "GET\t/ HTTP/1.1\r\n" HOST END)
BAD("tab before the version", NOT_HTTP, "GET /\tHTTP/1.1\r\n" HOST END)
BAD("space after the version", NOT_HTTP, "GET / HTTP/1.1 \r\n" HOST END)
BAD("space before the method", NOT_HTTP, " GET / HTTP/1.1\r\n" HOST END)
BAD("empty line first", NOT_HTTP, "\r\n" GET HOST END)
BAD("bare LF first", NOT_HTTP, "\n" GET HOST END)
BAD("method of 33", NOT_HTTP, TIMES16("AB") "C / HTTP/1.1\r\n" HOST END)
BAD("digits for a method", NOT_HTTP, "200 / HTTP/1.1\r\n" HOST END)
BAD("between the letters of ASCII", NOT_HTTP, "[ET / HTTP/1.1\r\n" HOST END)

/* line ends and control characters */
BAD("bare LF ends the request line", BAD_LINE_END, "GET / HTTP/1.1\n" HOST END)
BAD("bare LF ends a field", BAD_LINE_END, GET "Host: users\nA: b\r\n" END)
BAD("bare LF ends the head", BAD_LINE_END, GET HOST "\n")
BAD("bare CR in the request line", BAD_LINE_END, "GET /\rX: y HTTP/1.1\r\n" HOST END)
BAD("bare CR in a value", BAD_LINE_END, GET "A: b\rContent-Length: 5\r\n" END)
BAD("bare CR in a name", BAD_LINE_END, GET "A\rB: c\r\n" END)
BAD("bare CR for the empty line", BAD_LINE_END, GET HOST "\rX")
BAD("CR CR LF", BAD_LINE_END, GET "Host: users\r\r\n" END)
BAD("NUL in the request line", BAD_LINE_END, "GET /\0 HTTP/1.1\r\n" HOST END)
BAD("NUL in a name", BAD_LINE_END, GET "Ho\0st: users\r\n" END)
BAD("NUL in a value", BAD_LINE_END, GET "Host: us\0ers\r\n" END)
BAD("NUL in the marker", BAD_LINE_END, GET "x-shunt-context: mm\0eng\r\n" END)
BAD("NUL after CR", BAD_LINE_END, GET "Host: users\r\0\n" END)
BAD("escape in a value", BAD_LINE_END, GET "A: \x1b[31m\r\n" END)
BAD("vertical tab before chunked", BAD_LINE_END,
    GET "Transfer-Encoding: \x0b"
	"chunked\r\n" END)
BAD("form feed after the name", BAD_LINE_END, GET "Transfer-Encoding\x0c: chunked\r\n" END)
BAD("DEL in a value", BAD_LINE_END,
    GET "A: b\x7f"
	"c\r\n" END)
BAD("DEL in the target", BAD_LINE_END,
    "GET /a\x7f"
    "b HTTP/1.1\r\n" HOST END)
BAD("DEL in the query", BAD_LINE_END,
    "GET /?a\x7f"
    "b HTTP/1.1\r\n" HOST END)
BAD("line end behind the method", NOT_HTTP, "GET\r\n/ HTTP/1.1\r\n" HOST END)
BAD("DEL in a name", BAD_LINE_END, GET "Content-Length\x7f: 5\r\n" END)

/* fields */
BAD("folded field", OBS_FOLD, GET "A: b\r\n c\r\n" END)
BAD("folded by a tab", OBS_FOLD, GET "A:\r\n\tb\r\n" END)
BAD("folded marker", OBS_FOLD, GET "x-shunt-context: mm\r\n eng\r\n" END)
BAD("space before the first field", OBS_FOLD, GET " Host: users\r\n" END)
BAD("line of a space only", OBS_FOLD, GET HOST " \r\n" END)
BAD("space before the colon", BAD_FIELD, GET "Content-Length : 5\r\n" END)
BAD("tab before the colon", BAD_FIELD, GET "Content-Length\t: 5\r\n" END)
BAD("space in a name", BAD_FIELD, GET "Content Length: 5\r\n" END)
BAD("no colon", BAD_FIELD, GET "Content-Length 5\r\n" END)
BAD("no colon at all", BAD_FIELD, GET "garbage\r\n" END)
BAD("empty name", BAD_FIELD, GET ": value\r\n" END)
BAD("request line where a field should be", BAD_FIELD, GET "GET /b HTTP/1.1\r\n" END)
BAD("129 fields", HEAD_TOO_LARGE, GET TIMES128("a: b\r\n") "c: d\r\n" END)
BAD("256 fields", HEAD_TOO_LARGE, GET TIMES128("a: b\r\nc: d\r\n") END)
BAD("head of 8193 bytes", HEAD_TOO_LARGE,
    GET "X: " TIMES8(TIMES1000("a")) TIMES128("a") TIMES16("b") "cd"
								"\r\n" MARKED END)
BAD("head of 9000 bytes", HEAD_TOO_LARGE,
    GET "X: " TIMES10(TIMES10(TIMES10("123456789"))) "\r\n" END)
BAD("request line of 8200 bytes", HEAD_TOO_LARGE,
    "GET /" TIMES8(TIMES1000("a")) TIMES64("abc") " HTTP/1.1\r\n" END)
