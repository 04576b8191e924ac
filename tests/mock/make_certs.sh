#!/bin/sh
# Writes test certificates into DIR: a CA, and for good (localhost, 127.0.0.1),
# expired and wronghost each NAME.pem and NAME.key.  Does nothing if they are
# there already.
set -eu

dir=${1:?usage: make_certs.sh DIR}
mkdir -p "$dir"
cd "$dir"
[ -f complete ] && exit 0

new_key() {
    openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
}

# issue NAME SUBJECT_ALT_NAME START END: dates as YYYYMMDDHHMMSSZ.
issue() {
    new_key "$1"
    openssl req -new -key "$1.key" -subj "/CN=aigw test $1" -out "$1.csr"
    cat > "$1.cnf" <<CNF
[ca]
default_ca = test
[test]
database = $1.db
serial = $1.serial
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
rand_serial = yes
x509_extensions = leaf
[any]
commonName = supplied
[leaf]
basicConstraints = CA:FALSE
subjectAltName = $2
CNF
    : > "$1.db"
    openssl ca -batch -config "$1.cnf" -cert ca.pem -keyfile ca.key \
        -in "$1.csr" -startdate "$3" -enddate "$4" -notext -out "$1.pem" \
        2> openssl.log
    rm -f "$1.csr" "$1.cnf" "$1".db* "$1".serial*
}

new_key ca
openssl req -x509 -new -key ca.key -sha256 -days 7300 -subj "/CN=aigw test CA" \
    -out ca.pem
issue good DNS:localhost,IP:127.0.0.1 20200101000000Z 20450101000000Z
issue expired DNS:localhost,IP:127.0.0.1 20200101000000Z 20210101000000Z
issue wronghost DNS:elsewhere.example 20200101000000Z 20450101000000Z
rm -f ./[0-9A-F][0-9A-F]*.pem
touch complete
