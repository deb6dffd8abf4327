/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of requests.h: bodies whose length is not said, or said in two ways. */

/* Content-Length */
BAD("Content-Length twice, different", BAD_LENGTH,
    GET "Content-Length: 5\r\nContent-Length: 6\r\n" END)
BAD("Content-Length twice, the same", BAD_LENGTH,
    GET "Content-Length: 5\r\nContent-Length: 5\r\n" END)
BAD("Content-Length of 0, then of 5", BAD_LENGTH,
    GET "Content-Length: 0\r\ncontent-length: 5\r\n" END)
BAD("Content-Length list", BAD_LENGTH, GET "Content-Length: 5, 5\r\n" END)
BAD("Content-Length empty", BAD_LENGTH, GET "Content-Length:\r\n" END)
BAD("Content-Length of spaces", BAD_LENGTH, GET "Content-Length:   \r\n" END)
BAD("Content-Length with +", BAD_LENGTH, GET "Content-Length: +5\r\n" END)
BAD("Content-Length with -", BAD_LENGTH, GET "Content-Length: -5\r\n" END)
BAD("Content-Length with a space inside", BAD_LENGTH, GET "Content-Length: 5 0\r\n" END)
BAD("Content-Length in hex", BAD_LENGTH, GET "Content-Length: 0x5\r\n" END)
BAD("Content-Length with a point", BAD_LENGTH, GET "Content-Length: 5.0\r\n" END)
BAD("Content-Length with a letter", BAD_LENGTH, GET "Content-Length: 5a\r\n" END)
BAD("Content-Length with a semicolon", BAD_LENGTH, GET "Content-Length: 5;\r\n" END)
BAD("Content-Length with a colon", BAD_LENGTH, GET "Content-Length: 1:0\r\n" END)
BAD("Content-Length with a slash", BAD_LENGTH, GET "Content-Length: 1/0\r\n" END)
BAD("Content-Length quoted", BAD_LENGTH, GET "Content-Length: \"5\"\r\n" END)
BAD("Content-Length of 19 digits", BAD_LENGTH, GET "Content-Length: 1000000000000000000\r\n" END)
BAD("Content-Length of 2^64", BAD_LENGTH, GET "Content-Length: 18446744073709551616\r\n" END)
BAD("Content-Length of 2^64 + 5", BAD_LENGTH, GET "Content-Length: 18446744073709551621\r\n" END)
BAD("Content-Length in full-width digits", BAD_LENGTH, GET "Content-Length: \xef\xbc\x95\r\n" END)

/* Transfer-Encoding */
BAD("Transfer-Encoding gzip", BAD_TRANSFER_ENCODING, GET "Transfer-Encoding: gzip\r\n" END)
BAD("Transfer-Encoding gzip, chunked", BAD_TRANSFER_ENCODING,
    GET "Transfer-Encoding: gzip, chunked\r\n" END)
BAD("Transfer-Encoding chunked, gzip", BAD_TRANSFER_ENCODING,
    GET "Transfer-Encoding: chunked, gzip\r\n" END)
BAD("Transfer-Encoding chunked, chunked", BAD_TRANSFER_ENCODING,
    GET "Transfer-Encoding: chunked, chunked\r\n" END)
BAD("Transfer-Encoding twice", BAD_TRANSFER_ENCODING,
    GET "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" END)
BAD("Transfer-Encoding twice, the second identity", BAD_TRANSFER_ENCODING,
    GET "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n" END)
BAD("Transfer-Encoding identity", BAD_TRANSFER_ENCODING, GET "Transfer-Encoding: identity\r\n" END)
BAD("Transfer-Encoding folded", BAD_TRANSFER_ENCODING,
    GET "Transfer-Encoding:\r\n\tchunked\r\n" END)
BAD("Transfer-Encoding empty", BAD_TRANSFER_ENCODING, GET "Transfer-Encoding:\r\n" END)
BAD("Transfer-Encoding xchunked", BAD_TRANSFER_ENCODING, GET "Transfer-Encoding: xchunked\r\n" END)
BAD("Transfer-Encoding chunkedx", BAD_TRANSFER_ENCODING, GET "Transfer-Encoding: chunkedx\r\n" END)
BAD("Transfer-Encoding chunke", BAD_TRANSFER_ENCODING, GET "Transfer-Encoding: chunke\r\n" END)
BAD("Transfer-Encoding quoted", BAD_TRANSFER_ENCODING, GET "Transfer-Encoding: \"chunked\"\r\n" END)
BAD("Transfer-Encoding with a parameter", BAD_TRANSFER_ENCODING,
    GET "Transfer-Encoding: chunked;q=1\r\n" END)
BAD("Transfer-Encoding with a comma", BAD_TRANSFER_ENCODING,
    GET "Transfer-Encoding: ,chunked\r\n" END)
BAD("Transfer-Encoding beside Content-Length", BAD_TRANSFER_ENCODING,
    GET "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n" END)
BAD("Content-Length beside Transfer-Encoding", BAD_TRANSFER_ENCODING,
    GET "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" END)
BAD("Transfer-Encoding beside Content-Length of 0", BAD_TRANSFER_ENCODING,
    GET "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n" END)
BAD("Transfer-Encoding in HTTP/1.0", BAD_TRANSFER_ENCODING,
    "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" END)
BAD("marked, and Transfer-Encoding beside Content-Length", BAD_TRANSFER_ENCODING,
    GET MARKED "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" END)
