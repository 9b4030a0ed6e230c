passwd after=files idp
group after=files idp
