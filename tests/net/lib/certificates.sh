# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Certificates: $WORLD/run/NAME.pem and NAME.key. Authorities are made by authority_make.

authority_make() # NAME
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" \
		-keyout "$WORLD/run/$1.key" -out "$WORLD/run/$1.pem" 2>/dev/null
}

# One that an authority signed, for DAYS, or expired where that is negative.
certificate_make() # NAME AUTHORITY SUBJECT ALTERNATIVE-NAME [DAYS]
{
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$3" \
		-addext "subjectAltName=$4" -keyout "$WORLD/run/$1.key" -out "$WORLD/run/$1.csr" 2>/dev/null
	openssl x509 -req -in "$WORLD/run/$1.csr" -CA "$WORLD/run/$2.pem" -CAkey "$WORLD/run/$2.key" \
		-CAcreateserial -days "${5:-1}" -copy_extensions copy -out "$WORLD/run/$1.pem" 2>/dev/null
}
