/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of streams.h: requests that two servers may frame in two ways, so that the one takes for a
 * request what the other takes for a body (RFC 9112, 11.2). EVIL is what must never be taken for
 * one. Each row says what becomes of it:
 *   REFUSED  the head is not understood: pinned for that reason before its body begins
 *   PINS     the body is not understood: pinned for that reason, after one request
 *   GOES_ON  the body is understood: NEXT behind it is the second request
 *   WAITS    EVIL is within the body, which goes on
 */

#define EVIL "GET /evil HTTP/1.1\r\nx-shunt-context: evil\r\n\r\n" /* 45 bytes, 2d in hex */
#define NEXT "GET /next HTTP/1.1\r\n\r\n"
#define POST "POST / HTTP/1.1\r\nHost: users\r\n"
#define TE "Transfer-Encoding: chunked\r\n"
#define CHUNKS POST TE "\r\n"

#define REFUSED(title, why, text) \
	{title, TEXT(text EVIL), PINNED(why), .starts = {SIZE_MAX}, .hostile = true},
#define PINS(title, why, text) {title, TEXT(text EVIL), PINNED(why), .hostile = true},
#define GOES_ON(title, text)                                                              \
	{title, TEXT(text NEXT), .state = FRAMING_START, .starts = {0, sizeof(text) - 1}, \
	 .hostile = true},
#define WAITS(title, in, left, text) \
	{title, TEXT(text EVIL), .state = FRAMING_##in, .remaining = (left), .hostile = true},

/* Content-Length beside Transfer-Encoding */
REFUSED("CL.TE", BAD_TRANSFER_ENCODING, POST "Content-Length: 6\r\n" TE "\r\n0\r\n\r\nG")
REFUSED("TE.CL", BAD_TRANSFER_ENCODING, POST TE "Content-Length: 4\r\n\r\n2d\r\n")
REFUSED("CL.TE with a length of 0", BAD_TRANSFER_ENCODING, POST "Content-Length: 0\r\n" TE "\r\n")
REFUSED("CL.TE, the length last and far behind", BAD_TRANSFER_ENCODING,
	POST TE "A: b\r\nC: d\r\nE: f\r\nContent-Length: 5\r\n\r\n0\r\n\r\n")
REFUSED("CL.TE in HTTP/1.0", BAD_TRANSFER_ENCODING,
	"POST / HTTP/1.0\r\nContent-Length: 5\r\n" TE "\r\n0\r\n\r\n")
REFUSED("TE in HTTP/1.0", BAD_TRANSFER_ENCODING, "POST / HTTP/1.0\r\n" TE "\r\n0\r\n\r\n")

/* Transfer-Encoding that hides from one of two servers */
REFUSED("TE.TE, the second unknown", BAD_TRANSFER_ENCODING,
	POST TE "Transfer-Encoding: cow\r\n\r\n0\r\n\r\n")
REFUSED("TE.TE, the first unknown", BAD_TRANSFER_ENCODING,
	POST "Transfer-Encoding: cow\r\n" TE "\r\n0\r\n\r\n")
REFUSED("TE.TE, doubled", BAD_TRANSFER_ENCODING, POST TE TE "\r\n0\r\n\r\n")
REFUSED("TE.TE, doubled in another case", BAD_TRANSFER_ENCODING,
	POST TE "transfer-encoding: Chunked\r\n\r\n0\r\n\r\n")
REFUSED("TE identity", BAD_TRANSFER_ENCODING,
	POST "Transfer-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc")
REFUSED("TE chunked, chunked", BAD_TRANSFER_ENCODING,
	POST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n")
REFUSED("TE gzip, chunked", BAD_TRANSFER_ENCODING,
	POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")
REFUSED("TE chunked, identity", BAD_TRANSFER_ENCODING,
	POST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n")
REFUSED("TE xchunked", BAD_TRANSFER_ENCODING, POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")
REFUSED("TE with a parameter", BAD_TRANSFER_ENCODING,
	POST "Transfer-Encoding: chunked;foo=bar\r\n\r\n0\r\n\r\n")
REFUSED("TE with a comma last", BAD_TRANSFER_ENCODING,
	POST "Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n")
REFUSED("TE quoted", BAD_TRANSFER_ENCODING, POST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n")
REFUSED("TE with a no-break space", BAD_TRANSFER_ENCODING,
	POST "Transfer-Encoding: chunked\xa0\r\n\r\n0\r\n\r\n")
REFUSED("TE with a vertical tab", BAD_LINE_END,
	POST "Transfer-Encoding: \x0b"
	     "chunked\r\n\r\n0\r\n\r\n")
REFUSED("TE with a space before its colon", BAD_FIELD,
	POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n")
REFUSED("TE with a tab before its colon", BAD_FIELD,
	POST "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n")
REFUSED("TE behind a space", OBS_FOLD, POST " Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
REFUSED("TE folded", BAD_TRANSFER_ENCODING, POST "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n")
REFUSED("TE hidden in a folded field", OBS_FOLD,
	POST "Content-Length: 5\r\nA: b\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
REFUSED("TE behind a bare LF", BAD_LINE_END,
	POST "Content-Length: 5\r\nA: b\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
REFUSED("TE behind a bare CR", BAD_LINE_END,
	POST "Content-Length: 5\r\nA: b\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
REFUSED("TE behind NUL", BAD_LINE_END,
	POST "Content-Length: 5\r\nA: b\0Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
REFUSED("TE whose name has NUL", BAD_LINE_END, POST "Transfer-Encoding\0: chunked\r\n\r\n0\r\n\r\n")
REFUSED("TE whose name has a no-break space", BAD_FIELD,
	POST "Transfer-Encoding\xa0: chunked\r\n\r\n0\r\n\r\n")
REFUSED("TE whose name has a next-line character", BAD_FIELD,
	POST "\x85Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
GOES_ON("TE with other white space around", POST "Transfer-Encoding:\t chunked \t\r\n\r\n0\r\n\r\n")
GOES_ON("TE in other case", POST "tRANSFER-eNCODING:CHUNKED\r\n\r\n0\r\n\r\n")
GOES_ON("TE by another name is none", POST "Transfer_Encoding: chunked\r\n\r\n")
GOES_ON("TE in a value is none", POST "A: b, Transfer-Encoding: chunked\r\n\r\n")

/* Content-Length that is read in two ways */
REFUSED("CL.CL", BAD_LENGTH, POST "Content-Length: 0\r\nContent-Length: 45\r\n\r\n")
REFUSED("CL.CL, the same", BAD_LENGTH, POST "Content-Length: 1\r\nContent-Length: 1\r\n\r\na")
REFUSED("CL.CL in another case", BAD_LENGTH, POST "Content-Length: 45\r\ncONTENT-lENGTH: 0\r\n\r\n")
REFUSED("CL listed", BAD_LENGTH, POST "Content-Length: 0, 45\r\n\r\n")
REFUSED("CL listed, the same", BAD_LENGTH, POST "Content-Length: 1, 1\r\n\r\na")
REFUSED("CL with a plus sign", BAD_LENGTH, POST "Content-Length: +45\r\n\r\n")
REFUSED("CL with a minus sign", BAD_LENGTH, POST "Content-Length: -0\r\n\r\n")
REFUSED("CL with a space inside", BAD_LENGTH, POST "Content-Length: 4 5\r\n\r\n")
REFUSED("CL in hex", BAD_LENGTH, POST "Content-Length: 0x2d\r\n\r\n")
REFUSED("CL in hex without 0x", BAD_LENGTH, POST "Content-Length: 2d\r\n\r\n")
REFUSED("CL with an exponent", BAD_LENGTH, POST "Content-Length: 1e1\r\n\r\n")
REFUSED("CL with an underscore", BAD_LENGTH, POST "Content-Length: 4_5\r\n\r\n")
REFUSED("CL empty", BAD_LENGTH, POST "Content-Length: \r\n\r\n")
REFUSED("CL beyond 64 bits", BAD_LENGTH, POST "Content-Length: 18446744073709551661\r\n\r\n")
REFUSED("CL with a no-break space", BAD_LENGTH, POST "Content-Length: 45\xa0\r\n\r\n")
REFUSED("CL with a space before its colon", BAD_FIELD, POST "Content-Length : 45\r\n\r\n")
REFUSED("CL whose name has a no-break space", BAD_FIELD, POST "Content-Length\xa0: 45\r\n\r\n")
REFUSED("CL behind a bare CR", BAD_LINE_END, POST "A: b\rContent-Length: 45\r\n\r\n")
REFUSED("CL behind a bare LF", BAD_LINE_END, POST "A: b\nContent-Length: 45\r\n\r\n")
REFUSED("CL folded", BAD_LENGTH, POST "Content-Length:\r\n 45\r\n\r\n")
REFUSED("CL folded after a digit", OBS_FOLD, POST "Content-Length: 4\r\n 5\r\n\r\n")
GOES_ON("CL with leading zeros is decimal", POST "Content-Length: 0045\r\n\r\n" EVIL)
GOES_ON("CL of 0 on a GET", "GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
GOES_ON("CL by another name is none", POST "Content_Length: 45\r\n\r\n")

/* line ends */
REFUSED("head ended by LF LF", BAD_LINE_END, "GET / HTTP/1.1\nA: b\n\n")
REFUSED("head ended by CR CR", BAD_LINE_END, "GET / HTTP/1.1\r\nA: b\r\r")
REFUSED("head ended by LF CR LF", BAD_LINE_END, "GET / HTTP/1.1\r\nA: b\n\r\n")
REFUSED("CR CR LF", BAD_LINE_END, "GET / HTTP/1.1\r\nA: b\r\r\n\r\n")
REFUSED("line of one space ends no head", OBS_FOLD, POST " \r\n\r\n")
REFUSED("empty line first", NOT_HTTP, "\r\n" POST "\r\n") /* RFC 9112, 2.2 lets servers skip it */
REFUSED("empty line of LF first", NOT_HTTP, "\n" POST "\r\n")
PINS("empty line after a body", NOT_HTTP, POST "Content-Length: 1\r\n\r\na\r\n")
PINS("empty line after the last chunk", NOT_HTTP, CHUNKS "0\r\n\r\n\r\n")

/* request lines */
REFUSED("HTTP/0.9", NOT_HTTP, "GET /\r\n")
REFUSED("HTTP/0.9 without a line end of its own", BAD_LINE_END, "GET /\n")
REFUSED("HTTP/2.0", NOT_HTTP, "POST / HTTP/2.0\r\nContent-Length: 0\r\n\r\n")
REFUSED("HTTP/1.2", NOT_HTTP, "POST / HTTP/1.2\r\nContent-Length: 0\r\n\r\n")
REFUSED("HTTP/1.1 twice", BAD_REQUEST_LINE, "GET / HTTP/1.1 HTTP/1.1\r\n\r\n")
REFUSED("request line with a bare CR", BAD_LINE_END, "GET / HTTP/1.1\rA: b\r\n\r\n")
REFUSED("space after the version", NOT_HTTP, "GET / HTTP/1.1 \r\n\r\n")
GOES_ON("lower-case method", "get / HTTP/1.1\r\n\r\n")
GOES_ON("absolute form", "GET http://evil/ HTTP/1.1\r\nHost: users\r\n\r\n")
GOES_ON("target with an encoded request",
	"GET /%20HTTP/1.1%0d%0a%0d%0aGET%20/evil HTTP/1.1\r\n\r\n")
PINS("bytes behind Connection: close", ENDED, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
PINS("bytes behind HTTP/1.0", ENDED, "GET / HTTP/1.0\r\n\r\n")
PINS("bytes behind the body of Connection: close", ENDED,
     POST "Connection: close\r\nContent-Length: 1\r\n\r\na")
PINS("bytes behind the chunks of Connection: close", ENDED,
     POST "Connection: close\r\n" TE "\r\n0\r\n\r\n")
GOES_ON("HTTP/1.0 with keep-alive", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")

/* bodies that look like requests */
GOES_ON("body is a marked request", POST "Content-Length: 45\r\n\r\n" EVIL)
GOES_ON("body of a GET is a marked request", "GET / HTTP/1.1\r\nContent-Length: 45\r\n\r\n" EVIL)
GOES_ON("body ends with a marked request", POST "Content-Length: 50\r\n\r\nhello" EVIL)
GOES_ON("body is two marked requests", POST "Content-Length: 90\r\n\r\n" EVIL EVIL)
GOES_ON("body is a marked request, cut short",
	POST "Content-Length: 44\r\n\r\nGET /evil HTTP/1.1\r\n"
	     "x-shunt-context: evil\r\n\r")
GOES_ON("chunk is a marked request", CHUNKS "2d\r\n" EVIL "\r\n0\r\n\r\n")
GOES_ON("each chunk is a marked request", CHUNKS "2d\r\n" EVIL "\r\n2D\r\n" EVIL "\r\n0\r\n\r\n")
GOES_ON("trailer is a marked request", CHUNKS "0\r\n" EVIL)
GOES_ON("body behind Expect: 100-continue",
	POST "Expect: 100-continue\r\nContent-Length: 45\r\n\r\n" EVIL)
WAITS("body longer than a marked request", BODY, 55, POST "Content-Length: 100\r\n\r\n")
WAITS("body of 18 digits", BODY, 999999999999999999 - 45,
      POST "Content-Length: 999999999999999999\r\n\r\n")
WAITS("chunk longer than a marked request", CHUNK_DATA, 0x100 - 45, CHUNKS "100\r\n")

/* chunk sizes */
PINS("chunk size that overflows to 0", BAD_CHUNK, CHUNKS "10000000000000000\r\n\r\n")
PINS("chunk size that overflows 32 bits twice", BAD_CHUNK, CHUNKS "1000000000000002d\r\n")
WAITS("chunk size beyond 32 bits", CHUNK_DATA, 0x10000002dULL - 45, CHUNKS "10000002d\r\n")
PINS("chunk size of zeros beyond the bound", BAD_CHUNK, CHUNKS "0000000000000000\r\n\r\n")
GOES_ON("chunk size of zeros within the bound", CHUNKS "000000000000001\r\na\r\n0\r\n\r\n")
PINS("chunk size with 0x", BAD_CHUNK, CHUNKS "0x1\r\na\r\n0\r\n\r\n")
PINS("chunk size with a plus sign", BAD_CHUNK, CHUNKS "+1\r\na\r\n0\r\n\r\n")
PINS("chunk size with a minus sign", BAD_CHUNK, CHUNKS "-1\r\na\r\n0\r\n\r\n")
PINS("chunk size behind a space", BAD_CHUNK, CHUNKS " 1\r\na\r\n0\r\n\r\n")
PINS("chunk size, then a space", BAD_CHUNK, CHUNKS "1 \r\na\r\n0\r\n\r\n")
PINS("chunk size, then a tab", BAD_CHUNK, CHUNKS "1\t\r\na\r\n0\r\n\r\n")
PINS("chunk size with an underscore", BAD_CHUNK, CHUNKS "1_0\r\na\r\n0\r\n\r\n")
PINS("chunk size with a comma", BAD_CHUNK, CHUNKS "1,0\r\na\r\n0\r\n\r\n")
PINS("chunk size with a point", BAD_CHUNK, CHUNKS "1.0\r\na\r\n0\r\n\r\n")
PINS("chunk size with NUL", BAD_CHUNK, CHUNKS "1\0\r\na\r\n0\r\n\r\n")
PINS("chunk size empty", BAD_CHUNK, CHUNKS "\r\n0\r\n\r\n")
PINS("chunk size ended by LF", BAD_CHUNK, CHUNKS "1\na\r\n0\r\n\r\n")
PINS("chunk size ended by CR CR LF", BAD_CHUNK, CHUNKS "1\r\r\na\r\n0\r\n\r\n")
PINS("chunk of 0 ended by LF LF", BAD_CHUNK, CHUNKS "0\n\n")

/* chunk extensions */
GOES_ON("extension", CHUNKS "1;a=b\r\na\r\n0\r\n\r\n")
GOES_ON("extension quoted, with a semicolon", CHUNKS "1;a=\"b;c\"\r\na\r\n0\r\n\r\n")
GOES_ON("extension of 2000 characters", CHUNKS "1;" TIMES1000("ab") "\r\na\r\n0\r\n\r\n")
GOES_ON("extension of the last chunk", CHUNKS "0;a=b\r\n\r\n")
PINS("extension behind a space", BAD_CHUNK, CHUNKS "1 ;a=b\r\na\r\n0\r\n\r\n")
PINS("extension with a bare CR", BAD_CHUNK, CHUNKS "1;a\rb\r\na\r\n0\r\n\r\n")
PINS("extension with a bare LF", BAD_CHUNK, CHUNKS "1;a\nb\r\na\r\n0\r\n\r\n")
PINS("extension quoted, with a bare LF", BAD_CHUNK, CHUNKS "1;a=\"\n\"\r\na\r\n0\r\n\r\n")
PINS("extension quoted, with CR LF, ends there", BAD_CHUNK,
     CHUNKS "1;a=\"\r\nb\"\r\na\r\n0\r\n\r\n")
PINS("extension with NUL", BAD_CHUNK, CHUNKS "1;\0\r\na\r\n0\r\n\r\n")

/* what follows a chunk's data */
PINS("chunk data without its CR LF", BAD_CHUNK, CHUNKS "1\r\na0\r\n\r\n")
PINS("chunk data ended by LF", BAD_CHUNK, CHUNKS "1\r\na\n0\r\n\r\n")
PINS("chunk data ended by CR", BAD_CHUNK, CHUNKS "1\r\na\r0\r\n\r\n")
PINS("chunk data ended by two other bytes", BAD_CHUNK, CHUNKS "1\r\naXX0\r\n\r\n")
PINS("chunk data longer than it says", BAD_CHUNK, CHUNKS "1\r\nab\r\n0\r\n\r\n")
PINS("chunk data one byte short", BAD_CHUNK, CHUNKS "3\r\nab\r\n0\r\n\r\n")
PINS("last chunk behind an empty line", BAD_CHUNK, CHUNKS "1\r\na\r\n\r\n0\r\n\r\n")

/* trailers */
GOES_ON("trailer of Content-Length", CHUNKS "0\r\nContent-Length: 45\r\n\r\n")
GOES_ON("trailer of Transfer-Encoding", CHUNKS "0\r\nTransfer-Encoding: chunked\r\n\r\n")
GOES_ON("trailer of a marker", CHUNKS "0\r\nx-shunt-context: evil\r\n\r\n")
GOES_ON("trailer of 2000 characters", CHUNKS "0\r\nA: " TIMES1000("ab") "\r\n\r\n")
PINS("trailer ended by LF", BAD_CHUNK, CHUNKS "0\r\nA: b\n\r\n")
PINS("trailer with a bare CR", BAD_CHUNK, CHUNKS "0\r\nA: b\rC\r\n\r\n")
PINS("trailers ended by LF", BAD_CHUNK, CHUNKS "0\r\n\n")
PINS("trailers ended by CR and another byte", BAD_CHUNK, CHUNKS "0\r\n\rX")

/* a second request that is not understood */
PINS("second request with two lengths", BAD_LENGTH,
     "GET / HTTP/1.1\r\n\r\n" POST "Content-Length: 0\r\nContent-Length: 45\r\n\r\n")
PINS("second request with a length and chunks", BAD_TRANSFER_ENCODING,
     POST "Content-Length: 1\r\n\r\na" POST "Content-Length: 0\r\n" TE "\r\n")
PINS("second request begins with a chunk's end", NOT_HTTP, CHUNKS "0\r\n\r\n0\r\n\r\n")
PINS("second request is an HTTP/2 preface", HTTP2,
     "GET / HTTP/1.1\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")

#undef EVIL
#undef NEXT
#undef POST
#undef TE
#undef CHUNKS
#undef REFUSED
#undef PINS
#undef GOES_ON
#undef WAITS
