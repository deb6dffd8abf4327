/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of requests.h: heads as real clients send them, and others that are valid. */

/* clients */
DONE("curl", GET "Host: users:8080\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n" END)
DONE("curl, marked", GET "Host: users\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n" MARKED END,
     BY(HEADER, "mmeng"))
DONE("curl --data",
     "POST /orders HTTP/1.1\r\nHost: users\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n"
     "Content-Length: 7\r\nContent-Type: application/x-www-form-urlencoded\r\n" END "a=1&b=2",
     LENGTH(7), .trailing = 7)
DONE("curl --data with Expect",
     "POST / HTTP/1.1\r\nHost: users\r\nAccept: */*\r\nContent-Length: 1048577\r\n"
     "Content-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\n" END,
     LENGTH(1048577))
DONE("curl --upload-file -",
     "PUT /a HTTP/1.1\r\nHost: users\r\nAccept: */*\r\nTransfer-Encoding: chunked\r\n"
     "Expect: 100-continue\r\n" END,
     CHUNKED)
DONE("curl --head", "HEAD / HTTP/1.1\r\nHost: users\r\nAccept: */*\r\n" END, HEAD)
DONE("curl --http1.0", "GET / HTTP/1.0\r\nHost: users\r\nUser-Agent: curl/7.88.1\r\n" END)
DONE("curl --http2 asks for h2c",
     GET "Host: users\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
	 "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n" END,
     UPGRADE)
DONE("firefox",
     "GET /index.html HTTP/1.1\r\nHost: users.shop\r\n"
     "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
     "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
     "Accept-Language: en-GB,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
     "Connection: keep-alive\r\nUpgrade-Insecure-Requests: 1\r\nSec-Fetch-Dest: document\r\n"
     "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Site: none\r\nPriority: u=0, i\r\n" END,
     KEEP_ALIVE)
DONE("chrome, marked by an extension",
     "GET /api/users?page=2&sort=name HTTP/1.1\r\nHost: users.shop\r\nConnection: keep-alive\r\n"
     "sec-ch-ua: \"Chromium\";v=\"128\", \"Not;A=Brand\";v=\"24\"\r\nsec-ch-ua-mobile: ?0\r\n"
     "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/128.0.0.0\r\n"
     "X-Shunt-Context: mmeng\r\nCookie: session=0123456789abcdef; theme=dark; a=\"b c\"\r\n"
     "Accept-Encoding: gzip, deflate\r\nAccept-Language: en-US,en;q=0.9\r\n" END,
     BY(HEADER, "mmeng"), KEEP_ALIVE)
DONE("browser opens a WebSocket",
     "GET /chat HTTP/1.1\r\nHost: users\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" MARKED END,
     UPGRADE, BY(HEADER, "mmeng"))
DONE("browser preflight", "OPTIONS /api HTTP/1.1\r\nHost: users\r\nOrigin: http://shop\r\n"
			  "Access-Control-Request-Method: POST\r\n"
			  "Access-Control-Request-Headers: x-shunt-context\r\n" END)
DONE("go net/http",
     GET "Host: users:80\r\nUser-Agent: Go-http-client/1.1\r\nX-Shunt-Context: mmeng\r\n"
	 "Accept-Encoding: gzip\r\n" END,
     BY(HEADER, "mmeng"))
DONE("go net/http, unknown length",
     "POST /a HTTP/1.1\r\nHost: users\r\nUser-Agent: Go-http-client/1.1\r\n"
     "Transfer-Encoding: chunked\r\nX-Shunt-Context: mmeng\r\nTrailer: X-Sum\r\n"
     "Accept-Encoding: gzip\r\n" END "5\r\nhello\r\n",
     CHUNKED, BY(HEADER, "mmeng"), .trailing = 10)
DONE("python requests",
     GET "Host: users\r\nUser-Agent: python-requests/2.28.1\r\nAccept-Encoding: gzip, deflate\r\n"
	 "Accept: */*\r\nConnection: keep-alive\r\nx-shunt-context: mmeng\r\n" END,
     BY(HEADER, "mmeng"), KEEP_ALIVE)
DONE("python http.client, lower case",
     "POST /p HTTP/1.1\r\nhost: users\r\naccept-encoding: identity\r\ncontent-length: 12\r\n"
     "content-type: application/json\r\n" END,
     LENGTH(12))
DONE("java HttpClient",
     GET "Connection: Upgrade, HTTP2-Settings\r\nContent-Length: 0\r\nHost: users\r\n"
	 "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nUpgrade: h2c\r\n"
	 "User-Agent: Java-http-client/17.0.12\r\n" END,
     UPGRADE, LENGTH(0))
DONE("java HttpURLConnection",
     "POST /x HTTP/1.1\r\nContent-Type: application/json\r\nUser-Agent: Java/17.0.12\r\n"
     "Host: users:8080\r\nAccept: text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2\r\n"
     "Connection: keep-alive\r\nContent-Length: 2\r\n" END "{}",
     LENGTH(2), .trailing = 2, KEEP_ALIVE)
DONE("node undici",
     GET
     "host: users:8080\r\nconnection: keep-alive\r\naccept: */*\r\naccept-language: *\r\n"
     "sec-fetch-mode: cors\r\nuser-agent: node\r\naccept-encoding: gzip, deflate\r\n" MARKED END,
     BY(HEADER, "mmeng"), KEEP_ALIVE)
DONE("node http, streamed",
     "POST / HTTP/1.1\r\nHost: users\r\nConnection: keep-alive\r\n"
     "Transfer-Encoding: chunked\r\n" END,
     CHUNKED, KEEP_ALIVE)
DONE("wrk", "GET /bench HTTP/1.1\r\nHost: users\r\n" END)
DONE("ab",
     "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\nHost: users\r\n"
     "User-Agent: ApacheBench/2.3\r\nAccept: */*\r\n" END,
     KEEP_ALIVE)
DONE("nginx upstream", "GET /a HTTP/1.1\r\nHost: backend\r\nX-Real-IP: 10.0.0.1\r\n"
		       "X-Forwarded-For: 10.0.0.1, 10.0.0.2\r\nConnection: \r\n" END)
DONE("envoy upstream, lower case and tracing",
     "GET /a HTTP/1.1\r\nhost: users\r\nx-forwarded-proto: http\r\n"
     "x-request-id: 7f9e2a1c-8a0e-4a7e-9f8e-0f6d3a1b2c3d\r\n"
     "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"
     "tracestate: shunt=mmeng\r\nx-envoy-expected-rq-timeout-ms: 15000\r\n" MARKED END,
     BY(HEADER, "mmeng"))
DONE("kubelet probe",
     "GET /healthz HTTP/1.1\r\nHost: 10.0.0.1:8080\r\n"
     "User-Agent: kube-probe/1.29\r\nAccept: */*\r\nConnection: close\r\n" END,
     CLOSE)

/* request lines */
DONE("no field at all", "GET / HTTP/1.1\r\n" END)
DONE("HTTP/1.0 without a field", "GET / HTTP/1.0\r\n" END)
DONE("asterisk form", "OPTIONS * HTTP/1.1\r\n" HOST END)
DONE("absolute form", "GET http://users.shop:8080/a?b HTTP/1.1\r\n" HOST END)
DONE("CONNECT", "CONNECT users:443 HTTP/1.1\r\nHost: users:443\r\n" END, CONNECT)
DONE("CONNECT, marked", "CONNECT users:443 HTTP/1.1\r\n" MARKED END, CONNECT, BY(HEADER, "mmeng"))
DONE("a method that begins like CONNECT", "CONNECTED / HTTP/1.1\r\n" HOST END)
DONE("long method", "VERSION-CONTROL /a HTTP/1.1\r\n" HOST END)
DONE("method of 32", TIMES16("AB") " / HTTP/1.1\r\n" HOST END)
DONE("method like a field", "PATCH /users/1 HTTP/1.1\r\nContent-Length: 1\r\n" END, LENGTH(1))
DONE("DELETE with a body", "DELETE /a HTTP/1.1\r\nContent-Length: 3\r\n" END, LENGTH(3))
DONE("GET with a body", GET "Content-Length: 4\r\n" END "body", LENGTH(4), .trailing = 4)
DONE("percent-encoded target", "GET /a%20b%0d%0aX:%20y HTTP/1.1\r\n" HOST END)
DONE("target in UTF-8", "GET /\xc3\xa4\xe2\x82\xac HTTP/1.1\r\n" HOST END)
DONE("target that looks like a version", "GET /HTTP/1.1 HTTP/1.1\r\n" HOST END)
DONE("target with a colon", "GET /a:b:c?d:e HTTP/1.1\r\n" HOST END)
DONE("target of 4000 characters", "GET /" TIMES1000("abcd") " HTTP/1.1\r\n" HOST END)
DONE("PRI is a method unless it is the preface", "PRI / HTTP/1.1\r\n" HOST END)
